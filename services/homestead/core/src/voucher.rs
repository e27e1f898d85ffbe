//! In which subjects of the collective's accounts (会计科目) the ledger's accounts are written.

use crate::problem::Problem;

/// A subject.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Subject {
    /// Number of the account kind in the contract.
    pub account: i32,
    /// 科目编码.
    pub code: String,
    /// 科目名称.
    pub name: String,
}

/// Subjects by account where the plan names none: those of the accounting rules for rural collective economic organisations
/// (财会〔2023〕14号), with details of their own below. Members of the collective settle through 内部往来.
const DEFAULTS: &[(i32, &str, &str)] = &[
    (1, "11301", "内部往来—应收宅基地有偿使用费"),
    (2, "50401", "其他收入—宅基地有偿使用费"),
    (3, "50402", "其他收入—宅基地有偿使用费减免"),
    (4, "101", "库存现金"),
    (5, "102", "银行存款"),
    (6, "11302", "内部往来—预收宅基地有偿使用费"),
    (7, "51501", "其他支出—坏账核销"),
    (8, "51502", "其他支出—宅基地退出奖励"),
    (9, "11303", "内部往来—应付宅基地退出奖励"),
];

/// Code and name of the subject of an account: that of `rules`, or the default. Both empty for an account that has neither.
pub fn subject(rules: &[Subject], account: i32) -> (&str, &str) {
    let named = rules.iter().find(|subject| subject.account == account);
    let default = DEFAULTS.iter().find(|(known, ..)| *known == account);
    match (named, default) {
        (Some(subject), _) => (&subject.code, &subject.name),
        (None, Some((_, code, name))) => (code, name),
        (None, None) => ("", ""),
    }
}

/// Longest code, in digits.
const LONGEST_CODE: usize = 16;
/// Longest name, in characters.
const LONGEST_NAME: usize = 40;

/// Contradictions of `subjects`, with paths below `path`.
pub fn check(path: &str, subjects: &[Subject]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, subject) in subjects.iter().enumerate() {
        let here = format!("{path}.subjects[{at}]");
        if subjects[..at].iter().any(|before| before.account == subject.account) {
            problems.push(Problem::new(
                format!("{here}.account"),
                "ACCOUNT_TWICE",
                "each account has one subject",
                "同一账户只能对应一个会计科目",
            ));
        }
        let digits = subject.code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(3..=LONGEST_CODE).contains(&subject.code.len()) {
            problems.push(Problem::new(
                format!("{here}.code"),
                "SUBJECT_CODE",
                "3–16 digits",
                "科目编码应为 3 至 16 位数字",
            ));
        }
        let length = subject.name.chars().count();
        if subject.name.trim().is_empty() || length > LONGEST_NAME || subject.name.chars().any(char::is_control) {
            problems.push(Problem::new(
                format!("{here}.name"),
                "SUBJECT_NAME",
                "1–40 characters",
                "科目名称应为 1 至 40 个字",
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(account: i32, code: &str, name: &str) -> Subject {
        Subject {
            account,
            code: code.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn what_the_plan_names_wins() {
        let rules = [named(5, "10201", "农商行基本户")];
        assert_eq!(subject(&rules, 5), ("10201", "农商行基本户"));
        assert_eq!(subject(&rules, 4), ("101", "库存现金"));
        assert_eq!(subject(&rules, 99), ("", ""));
        assert!(check("vouchers", &rules).is_empty());
    }

    #[test]
    fn contradictions_have_paths() {
        let subjects = [named(4, "10", "现金"), named(4, "1x1", " ")];
        let found: Vec<_> = check("vouchers", &subjects)
            .into_iter()
            .map(|problem| (problem.path, problem.reason))
            .collect();
        let at = |field: &str, reason| (format!("vouchers.subjects{field}"), reason);
        let expected = [
            at("[0].code", "SUBJECT_CODE"),
            at("[1].account", "ACCOUNT_TWICE"),
            at("[1].code", "SUBJECT_CODE"),
            at("[1].name", "SUBJECT_NAME"),
        ];
        assert_eq!(found, expected);
    }
}
