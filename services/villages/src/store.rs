//! SQL, and nothing else.

pub mod cadre;
pub mod cadre_post;
pub mod carer;
pub mod division;
pub mod division_import;
pub mod household;
pub mod import_check;
pub mod lineage;
pub mod measurement;
pub mod measurement_import;
pub mod plan;
pub mod rating;
pub mod rating_facts;
pub mod version;
