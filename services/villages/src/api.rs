//! The gRPC services: one file each, no SQL.

pub mod blocker;
pub mod bulletin;
mod bulletin_issue;
mod bulletin_make;
pub mod cadre;
pub mod division;
mod division_change;
pub mod household;
pub mod ladder;
mod ladder_process;
pub mod measurement;
mod measurement_record;
pub mod plan;
mod plan_apply;
mod plan_diff;
mod plan_load;
pub mod rating;
mod rating_league;
mod rating_run;
mod rating_select;
mod rating_simulate;
pub mod task;
mod task_generate;
mod task_load;
mod task_meeting;
mod task_progress;
