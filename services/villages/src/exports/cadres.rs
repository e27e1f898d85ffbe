//! Register `cadres`: people and their principal posts.

use std::collections::HashMap;

use kit::{
    crypt::{Crypt, mask},
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
    filter::{Field, Filter},
};
use sqlx::PgConnection;

use crate::{
    store::{
        cadre::{CadreQuery, CadreRow, cadres_list},
        cadre_post::{PostRow, posts_of},
    },
    wire::cadre::phone,
    words::{POSTS, word},
};

/// Register `cadres`: who holds a principal post in the division. Further posts stand in no file.
pub struct Cadres {
    /// Opens what is sealed.
    pub crypt: Crypt,
}

const LAYOUT: Layout = Layout {
    name: "cadres",
    permission: "villages.cadres.read",
    disclosure: Some("villages.cadres.disclose"),
    columns: &[
        Column::plain("cadre_id"),
        Column::plain("name"),
        Column::plain("post"),
        Column::plain("org_code"),
        Column::personal("phone"),
    ],
};
const FIELDS: &[Field] = &[Field::bool("principal", "a.registered")];

#[tonic::async_trait]
impl Extract for Cadres {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let list = CadreQuery {
            division: export.division.code(),
            phone: None,
            at: (export.as_of, None),
            after,
            limit: PAGE,
        };
        let principal = Filter::parse("principal = true", FIELDS)?;
        let rows = cadres_list(conn, &list, &principal).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.cadre_id.clone()).collect();
        let posts = posts_of(conn, &ids, list.at).await?;
        let principal = posts.into_iter().filter(|post| post.registered);
        let posts: HashMap<String, PostRow> = principal.map(|post| (post.cadre_id.clone(), post)).collect();
        let line = |row: CadreRow| {
            let phone = phone(&self.crypt, &row)?;
            let post = posts.get(&row.cadre_id);
            Ok(vec![
                row.cadre_id.clone(),
                row.display_name,
                post.map_or(Ok(String::new()), |post| word(POSTS, &post.post))?,
                post.map(|post| post.division_code.clone()).unwrap_or_default(),
                if export.disclosed { phone } else { mask::phone(&phone) },
            ])
        };
        rows.into_iter().map(line).collect()
    }
}
