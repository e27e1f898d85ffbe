//! Register `groups`: natural villages, villagers' groups and community grids below the villages.

use kit::{
    db::Tx,
    division::Division,
    error::Result,
    id::Ids,
    import::{Column, Import, Outcome, Register, Row, RowError},
};

use super::{codes, divisions, names};

/// Register `groups`.
pub struct Groups {
    /// Ids of lineage edges.
    pub ids: Ids,
}

const COLUMNS: &[Column] = &[
    Column::required("group_code", "code of the group: that of its village and 2 or 3 digits"),
    Column::required("village_code", "code of its village, 12 digits"),
    Column::required("name", "name, 1–100 characters"),
];

#[tonic::async_trait]
impl Register for Groups {
    fn name(&self) -> &'static str {
        "groups"
    }

    fn permission(&self) -> &'static str {
        "villages.divisions.import"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["code", "parent_code", "name", "level", "kind"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let code = codes::group(row, "group_code")?;
        let village = codes::village(row, "village_code")?;
        if code.parent().as_ref() != Some(&village) {
            return Err(row.error(
                "group_code",
                "PARENT_MISMATCH",
                "a code that begins with that of the village",
                "村民组代码应以所属村代码开头",
            ));
        }
        let name = names::name(row, "name", 100)?.to_owned();
        let code = Division::into_code(code);
        Ok(vec![
            Some(code),
            Some(village.into_code()),
            Some(name),
            Some("GROUP".to_owned()),
            Some("GROUP".to_owned()),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        divisions::merge(tx, import, &self.ids, self.name()).await
    }
}
