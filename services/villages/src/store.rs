//! SQL, and nothing else.

pub mod blocker;
pub mod bulletin;
pub mod bulletin_clock;
pub mod cadre;
pub mod cadre_post;
pub mod carer;
pub mod division;
pub mod division_import;
pub mod household;
pub mod import_check;
pub mod ladder;
pub mod lineage;
pub mod measurement;
pub mod measurement_import;
pub mod plan;
pub mod rating;
pub mod rating_facts;
pub mod task;
pub mod task_progress;
pub mod task_tenure;
pub mod version;
