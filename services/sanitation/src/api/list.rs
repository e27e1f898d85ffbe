//! What all lists ask for.

use kit::{
    Kit,
    division::Division,
    error::Result,
    filter::{Field, Filter},
    page::Page,
};

use crate::store::list::Listing;

/// A checked list request.
pub struct Query {
    /// The page.
    pub page: Page,
    division: String,
    filter: Filter,
}

/// The part of a list request that all have.
pub struct Request<'a> {
    /// Name of the method.
    pub method: &'a str,
    /// Division, empty for all.
    pub division: &'a str,
    /// Page size.
    pub page_size: i32,
    /// Page token.
    pub page_token: &'a str,
    /// Filter, empty for none.
    pub filter: &'a str,
}

impl Query {
    /// Checks a list request.
    pub fn of(kit: &Kit, request: &Request<'_>, fields: &[Field]) -> Result<Self> {
        let query = [request.division, request.filter];
        Ok(Self {
            page: kit
                .pages
                .open(request.page_size, request.page_token, request.method, &query)?,
            division: division(request.division)?,
            filter: Filter::parse(request.filter, fields)?,
        })
    }

    /// Lists only what meets a condition of the method's own.
    pub fn only(&mut self, condition: &str, fields: &[Field]) -> Result<()> {
        self.filter = Filter::parse(condition, fields)?;
        Ok(())
    }

    /// Code of the division, empty for all.
    pub fn division(&self) -> &str {
        &self.division
    }

    /// What the store needs to fetch the page and to learn whether there is another.
    pub fn listing(&self) -> Listing<'_> {
        Listing {
            division: &self.division,
            filter: &self.filter,
            after: self.page.after.as_deref(),
            limit: self.page.size + 1,
        }
    }
}

/// The code in a `division` that may be empty.
pub fn division(value: &str) -> Result<String> {
    if value.is_empty() {
        return Ok(String::new());
    }
    Ok(Division::parse("division", value)?.into_code())
}
