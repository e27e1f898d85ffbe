//! The columns that the tables of the national ledger of homesteads share: areas that are stated, and what follows from the
//! books.

use homestead_core::money;
use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Row, RowError},
};

use super::homesteads::{occupy, square_metres};

pub const AREA: Column = Column::required(
    "宗地面积",
    "Surveyed area in m², at most two decimals; empty while not surveyed",
);
pub const APPROVED: Column = Column::required(
    "批准面积",
    "Approved area in m², at most two decimals; empty if not known",
);
pub const REGISTERED: Column = Column::required(
    "确权登记面积",
    "Area of the registered right in m², at most two decimals; empty if none is registered",
);
pub const OVER: Column = Column::required(
    "超占面积",
    "Over-occupied area in m², at most 宗地面积; empty exactly where 宗地面积 is",
);
pub const CHARGED: Column = derived(
    "有偿使用面积",
    "In m², at most two decimals; follows from the books, so it is not kept",
);
pub const FEE: Column = derived(
    "有偿使用费用",
    "In yuan, at most two decimals; follows from the books, so it is not kept",
);
pub const VACATED: Column = derived(
    "退出面积",
    "In m², at most two decimals; follows from the books, so it is not kept",
);
pub const REWARD: Column = derived(
    "退出补偿金额",
    "In yuan, at most two decimals; follows from the books, so it is not kept",
);

const fn derived(name: &'static str, description: &'static str) -> Column {
    Column::optional(name, description)
}

/// The columns of `staged` that [`areas`] fills.
pub const STAGED: [&str; 4] = ["area_dm2", "over_dm2", "approved_dm2", "registered_dm2"];

/// The areas of a row in 0.01 m², in the order of [`STAGED`]. What follows from the books is checked for its form.
pub fn areas(row: &Row<'_>) -> Result<[Option<String>; 4], RowError> {
    let (area, over) = (square_metres(row, AREA.name)?, square_metres(row, OVER.name)?);
    match (area, over) {
        (Some(area), Some(over)) if over > area => {
            return Err(row.error(
                OVER.name,
                "OVER_EXCEEDS_AREA",
                "at most 宗地面积",
                "超占面积不得大于宗地面积",
            ));
        }
        (Some(_), None) => {
            return Err(row.error(
                OVER.name,
                "MISSING_VALUE",
                "required where 宗地面积 is given",
                "有宗地面积时不能为空",
            ));
        }
        (None, Some(_)) => {
            return Err(row.error(
                AREA.name,
                "MISSING_VALUE",
                "required where 超占面积 is given",
                "有超占面积时不能为空",
            ));
        }
        _ => {}
    }
    for column in [CHARGED, VACATED] {
        square_metres(row, column.name)?;
    }
    for column in [FEE, REWARD] {
        if row
            .optional(column.name)
            .is_some_and(|text| money::fen(text).is_none_or(|fen| fen < 0))
        {
            let message = "yuan, at most two decimals, for example 240.00";
            return Err(row.error(column.name, "BAD_AMOUNT", message, "应为元，最多两位小数，例如 240.00"));
        }
    }
    let areas = [
        area,
        over,
        square_metres(row, APPROVED.name)?,
        square_metres(row, REGISTERED.name)?,
    ];
    Ok(areas.map(|area| area.map(|area| area.to_string())))
}

/// States the areas of the plots that are staged, and answers of how many plots that changes any.
pub async fn state(tx: &mut Tx, import: &Import) -> Result<i64> {
    occupy(tx, import).await?;
    // What changes is kept as it was, whatever columns it has.
    sqlx::query(
        "INSERT INTO parcel_past
         SELECT (jsonb_populate_record(NULL::parcel_past, to_jsonb(p) || jsonb_build_object('superseded_at', $1::timestamptz))).*
         FROM parcel p JOIN staged s USING (parcel_id)
         WHERE (p.area_dm2, p.over_dm2, p.approved_dm2, p.registered_dm2)
             IS DISTINCT FROM (s.area_dm2::bigint, s.over_dm2::bigint, s.approved_dm2::bigint, s.registered_dm2::bigint)",
    )
    .bind(tx.now())
    .execute(&mut **tx)
    .await?;
    let updated = sqlx::query(
        "UPDATE parcel p SET area_dm2 = s.area_dm2::bigint, over_dm2 = s.over_dm2::bigint,
             approved_dm2 = s.approved_dm2::bigint, registered_dm2 = s.registered_dm2::bigint, valid_from = $1
         FROM staged s
         WHERE p.parcel_id = s.parcel_id AND (p.area_dm2, p.over_dm2, p.approved_dm2, p.registered_dm2)
             IS DISTINCT FROM (s.area_dm2::bigint, s.over_dm2::bigint, s.approved_dm2::bigint, s.registered_dm2::bigint)",
    )
    .bind(import.effective_date)
    .execute(&mut **tx)
    .await?;
    Ok(i64::try_from(updated.rows_affected()).unwrap_or(i64::MAX))
}
