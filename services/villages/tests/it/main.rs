//! The villages service over gRPC, on real PostgreSQL and Redis.

mod bulletin;
mod bulletin_issue;
mod bulletin_race;
mod cadre;
mod calls;
mod county;
mod division_change;
mod division_import;
mod edge_cases;
mod household;
mod ladder;
mod ladder_process;
mod league;
mod measurement;
mod measurement_import;
mod meeting;
mod plan;
mod plan_section;
mod plan_versions;
mod progress;
mod rating;
mod rating_county;
mod siblings;
mod task;
mod task_leader;
mod township;
