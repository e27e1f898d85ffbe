//! What an import changes where things succeed one another, for people to read.

use proto::xiangtu::transfer::v1::{ImportCandidate, ImportChange, ImportChangeKind, ImportDecision, ImportReport};

use crate::show::{Table, count};

/// The changes of an import; none for registers that state none.
pub fn tables(report: &ImportReport) -> Vec<Table> {
    let Some(diff) = &report.diff else { return Vec::new() };
    let mut counts = Table::new("变更汇总", &["变更", "数量"]);
    for of_kind in &diff.counts {
        counts.row([kind(of_kind.kind()).to_owned(), count(of_kind.count)]);
    }
    let columns = ["变更", "原代码", "原名称", "现代码", "现名称", "相似度‰", "依据"];
    let mut changes = Table::new("变更明细", &columns);
    for change in &diff.changes {
        changes.row([
            kind(change.kind()).to_owned(),
            change.old_code.clone(),
            change.old_display_name.clone(),
            change.new_code.clone(),
            change.new_display_name.clone(),
            change.similarity_permille.to_string(),
            decision(change),
        ]);
    }
    vec![counts, changes]
}

fn kind(kind: ImportChangeKind) -> &'static str {
    match kind {
        ImportChangeKind::Unspecified => "",
        ImportChangeKind::Added => "新增",
        ImportChangeKind::Renamed => "更名",
        ImportChangeKind::Recoded => "变更代码",
        ImportChangeKind::Merged => "合并",
        ImportChangeKind::Split => "拆分",
        ImportChangeKind::Abolished => "撤销",
        ImportChangeKind::Undecided => "待定",
    }
}

/// What decided a change, or what comes into question.
fn decision(change: &ImportChange) -> String {
    let decided = match change.decision() {
        ImportDecision::Unspecified => "",
        ImportDecision::Stated => "文件指定",
        ImportDecision::Name => "名称唯一对应",
        ImportDecision::Empty => "无在册内容",
    };
    let candidate =
        |found: &ImportCandidate| format!("{} {} {}‰", found.code, found.display_name, found.similarity_permille);
    let candidates: Vec<String> = change.candidates.iter().map(candidate).collect();
    if candidates.is_empty() {
        decided.to_owned()
    } else {
        format!("可能为 {}", candidates.join("、"))
    }
}

#[cfg(test)]
mod tests {
    use proto::xiangtu::transfer::v1::{ImportChangeCount, ImportDiff};

    use super::*;

    #[test]
    fn a_report_reads_as_counts_and_changes_with_what_decided_them() {
        let undecided = ImportChange {
            kind: ImportChangeKind::Undecided.into(),
            old_code: "370481001040".to_owned(),
            old_display_name: "前十里岗居委会".to_owned(),
            candidates: vec![ImportCandidate {
                code: "370481001210".to_owned(),
                display_name: "后十里岗村村民委员会".to_owned(),
                similarity_permille: 750,
            }],
            ..ImportChange::default()
        };
        let empty = ImportChange {
            kind: ImportChangeKind::Abolished.into(),
            decision: ImportDecision::Empty.into(),
            ..ImportChange::default()
        };
        let counts = vec![ImportChangeCount {
            kind: ImportChangeKind::Undecided.into(),
            count: 1_026,
        }];
        let report = ImportReport {
            diff: Some(ImportDiff {
                counts,
                changes: vec![undecided, empty],
            }),
            ..ImportReport::default()
        };
        let tables = tables(&report);
        assert_eq!(tables[0].rows, [["待定", "1,026"]]);
        let last: Vec<&str> = tables[1].rows.iter().map(|row| row[6].as_str()).collect();
        assert_eq!(last, ["可能为 370481001210 后十里岗村村民委员会 750‰", "无在册内容"]);
        assert!(super::tables(&ImportReport::default()).is_empty());
    }
}
