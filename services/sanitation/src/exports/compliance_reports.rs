//! Register `compliance_reports`: a line for each village, by code.

use kit::{
    Kit,
    error::Result,
    export::{Column, Export, Extract, Layout},
};
use sanitation_core::compliance::Report;
use sqlx::PgConnection;

use super::{everything, listing};
use crate::{
    assess::{Collections, Facts},
    book::Book,
    store::areas::{Area, area_list},
};

/// The register.
pub struct ComplianceReports {
    /// Reads collections.
    pub kit: Kit,
}

const LAYOUT: Layout = Layout {
    name: "compliance_reports",
    permission: "sanitation.compliance.read",
    disclosure: None,
    columns: &[
        Column::plain("village_code"),
        Column::plain("name"),
        Column::plain("households"),
        Column::plain("bins"),
        Column::plain("required_bins"),
        Column::plain("full_marks_bins"),
        Column::plain("marks_permille"),
        Column::plain("compliant"),
        Column::plain("missing"),
        Column::plain("reckoning"),
    ],
};

#[tonic::async_trait]
impl Extract for ComplianceReports {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let division = export.division.code();
        let collections = Collections::read(&self.kit, division, export.as_of).await?;
        let areas = area_list(conn, &listing(export, after, &everything()?)).await?;
        let book = Book::read(conn, division, export.as_of).await?;
        let facts = Facts::read(conn, &areas, collections).await?;
        let reports = facts.reports(&areas, |code| book.norms(code));
        Ok(areas
            .iter()
            .zip(&reports)
            .map(|(area, (report, _))| line(area, report))
            .collect())
    }
}

/// What is missing by rule, `bin_count 4; household_radius 60`, and every reckoning in Chinese.
fn line(area: &Area, report: &Report) -> Vec<String> {
    let failed = report.checks.iter().filter(|check| !check.passed);
    let missing: Vec<String> = failed
        .map(|check| format!("{} {}", check.rule.name(), check.missing))
        .collect();
    let reckoning: Vec<&str> = report.checks.iter().map(|check| check.text.zh.as_str()).collect();
    vec![
        area.division_code.clone(),
        area.display_name.clone(),
        area.household_count.to_string(),
        report.bins.to_string(),
        report.required_bins.to_string(),
        report.full_marks_bins.to_string(),
        report.marks_permille.to_string(),
        i32::from(report.compliant).to_string(),
        missing.join("; "),
        reckoning.join("；"),
    ]
}
