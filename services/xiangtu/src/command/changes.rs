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
