//! What a line of a bank statement is in the ledger: the first rule that applies decides, and what is ambiguous stays open.
//!
//! 1. Money that left is not the ledger's concern.
//! 2. What this very line has posted before is posted.
//! 3. A recorded payment with the bank's reference as document and the same amount is the line.
//! 4. A pending payment with that document and amount is confirmed.
//! 5. A recorded payment whose receipt the remark quotes, of the same amount, is the line.
//! 6. The one household that the remark names gets the money: its pending payment of that amount first; where a recorded
//!    payment of that amount may be the same money, or money of this line was given back before, a person decides.
//! 7. The name of a head of household together with the amount of that household's open bills is proposed, never posted.

/// Something recorded or awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money<Id> {
    /// Which.
    pub id: Id,
    /// Its amount.
    pub amount_fen: i64,
}

/// A household that the remark names by its id, a bill or a receipt of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<Id> {
    /// Its id.
    pub household: String,
    /// Its bills that the remark names.
    pub bills: Vec<Id>,
    /// Its pending payments.
    pub pending: Vec<Money<Id>>,
    /// Its recorded bank and mobile payments that no line has confirmed.
    pub unconfirmed: Vec<Money<Id>>,
}

/// What is known about a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<Id> {
    /// Positive is money that came in.
    pub amount_fen: i64,
    /// The standing payment that this line has posted.
    pub own: Option<Id>,
    /// True if a payment that was this line has been undone.
    pub undone: bool,
    /// What is recorded with the line's reference as document and confirmed by no line.
    pub recorded: Vec<Money<Id>>,
    /// Pending payments with the line's reference as document.
    pub pending: Vec<Money<Id>>,
    /// Unconfirmed payments whose receipts the remark quotes.
    pub receipts: Vec<Money<Id>>,
    /// Households named, each once.
    pub named: Vec<Named<Id>>,
    /// Households whose head has the payer's name and whose open bills come to this amount.
    pub heads: Vec<String>,
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<Id> {
    /// It is this entry.
    Match(Id),
    /// It was posted as this payment.
    Posted(Id),
    /// It is the money of this pending payment.
    Confirm(Id),
    /// It is new money of this household, for the bill first.
    Post {
        /// Id of the household.
        household: String,
        /// The one bill named.
        bill: Option<Id>,
    },
    /// A person should decide whether it is this.
    Propose {
        /// Id of the household.
        household: String,
        /// The payment that it may be.
        payment: Option<Id>,
        /// Stable reason.
        reason: &'static str,
    },
    /// Nothing fits, or too much does.
    Open(&'static str),
    /// Not the ledger's concern.
    Ignore(&'static str),
}

/// Decides about a line.
pub fn decide<Id: Clone>(facts: &Facts<Id>) -> Decision<Id> {
    if facts.amount_fen <= 0 {
        return Decision::Ignore("DEBIT_LINE");
    }
    if let Some(own) = &facts.own {
        return Decision::Posted(own.clone());
    }
    let same = |all: &[Money<Id>]| -> Vec<Id> {
        let same = all.iter().filter(|one| one.amount_fen == facts.amount_fen);
        same.map(|one| one.id.clone()).collect()
    };
    match (same(&facts.recorded).as_slice(), facts.recorded.is_empty()) {
        ([id], _) => return Decision::Match(id.clone()),
        ([], true) => {}
        ([], false) => return Decision::Open("AMOUNT_DIFFERS"),
        _ => return Decision::Open("AMBIGUOUS_PAYMENT"),
    }
    match (same(&facts.pending).as_slice(), facts.pending.is_empty()) {
        ([id], _) => return Decision::Confirm(id.clone()),
        ([], true) => {}
        ([], false) => return Decision::Open("AMOUNT_DIFFERS"),
        _ => return Decision::Open("AMBIGUOUS_PENDING"),
    }
    match same(&facts.receipts).as_slice() {
        [id] => return Decision::Match(id.clone()),
        [] => {}
        _ => return Decision::Open("AMBIGUOUS_PAYMENT"),
    }
    match (facts.named.as_slice(), facts.heads.as_slice()) {
        ([named], _) => credit(facts, named, &same(&named.pending), &same(&named.unconfirmed)),
        ([_, _, ..], _) => Decision::Open("AMBIGUOUS_HOUSEHOLD"),
        ([], [head]) => Decision::Propose {
            household: head.clone(),
            payment: None,
            reason: "NAME_AND_AMOUNT",
        },
        ([], []) => Decision::Open("NO_MATCH"),
        ([], _) => Decision::Open("AMBIGUOUS_NAME"),
    }
}

fn credit<Id: Clone>(facts: &Facts<Id>, named: &Named<Id>, pending: &[Id], unconfirmed: &[Id]) -> Decision<Id> {
    let propose = |payment, reason| Decision::Propose {
        household: named.household.clone(),
        payment,
        reason,
    };
    match (pending, unconfirmed) {
        ([_, _, ..], _) => Decision::Open("AMBIGUOUS_PENDING"),
        (_, [one]) => propose(Some(one.clone()), "POSSIBLY_RECORDED"),
        (_, [_, _, ..]) => propose(None, "POSSIBLY_RECORDED"),
        _ if facts.undone => propose(None, "PAYMENT_REVERSED"),
        ([id], []) => Decision::Confirm(id.clone()),
        ([], []) => Decision::Post {
            household: named.household.clone(),
            bill: match named.bills.as_slice() {
                [bill] => Some(bill.clone()),
                _ => None,
            },
        },
    }
}

/// What a remark may refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remark {
    /// Words of letters, digits and hyphens that may be ids, each once.
    pub words: Vec<String>,
    /// Numbers after the word for a receipt (收据), each once.
    pub receipts: Vec<i64>,
}

/// Longest word that may be an id.
const LONGEST_WORD: usize = 64;
/// What may stand between the word for a receipt and its number.
const BETWEEN: &str = " 号编第：:.#№";

/// Reads a remark. Full-width letters and digits count as plain ones.
pub fn remark(text: &str) -> Remark {
    let plain: String = text.chars().map(half_width).collect();
    let mut found = Remark::default();
    let mut pieces = plain.split("收据");
    let mut rest: Vec<&str> = pieces.next().into_iter().collect();
    for piece in pieces {
        let after = piece.trim_start_matches(|c| BETWEEN.contains(c));
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(end);
        match number.parse() {
            Ok(number) if !found.receipts.contains(&number) => found.receipts.push(number),
            _ => {}
        }
        rest.push(after);
    }
    for piece in rest {
        for word in piece.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            if (1..=LONGEST_WORD).contains(&word.len()) && !found.words.iter().any(|known| known == word) {
                found.words.push(word.to_owned());
            }
        }
    }
    found
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts() -> Facts<u32> {
        Facts {
            amount_fen: 100,
            own: None,
            undone: false,
            recorded: Vec::new(),
            pending: Vec::new(),
            receipts: Vec::new(),
            named: Vec::new(),
            heads: Vec::new(),
        }
    }

    fn money(id: u32, amount_fen: i64) -> Money<u32> {
        Money { id, amount_fen }
    }

    fn named(household: &str) -> Named<u32> {
        Named {
            household: household.to_owned(),
            bills: Vec::new(),
            pending: Vec::new(),
            unconfirmed: Vec::new(),
        }
    }

    #[test]
    fn rules_apply_in_their_order() {
        let mut known = Facts {
            recorded: vec![money(1, 100), money(2, 99)],
            pending: vec![money(3, 100)],
            receipts: vec![money(4, 100)],
            named: vec![named("A")],
            heads: vec!["B".to_owned()],
            ..facts()
        };
        assert_eq!(decide(&known), Decision::Match(1));
        known.recorded.clear();
        assert_eq!(decide(&known), Decision::Confirm(3));
        known.pending.clear();
        assert_eq!(decide(&known), Decision::Match(4));
        known.receipts.clear();
        let post = Decision::Post {
            household: "A".to_owned(),
            bill: None,
        };
        assert_eq!(decide(&known), post);
        known.named.clear();
        assert!(matches!(
            decide(&known),
            Decision::Propose { household, reason: "NAME_AND_AMOUNT", .. } if household == "B"
        ));
        known.heads.clear();
        assert_eq!(decide(&known), Decision::Open("NO_MATCH"));
        known.own = Some(9);
        assert_eq!(decide(&known), Decision::Posted(9));
        known.amount_fen = -100;
        assert_eq!(decide(&known), Decision::Ignore("DEBIT_LINE"));
    }

    #[test]
    fn what_is_ambiguous_stays_open() {
        let two = || vec![money(1, 100), money(2, 100)];
        let other = || vec![money(1, 99)];
        for (known, reason) in [
            (
                Facts {
                    recorded: two(),
                    ..facts()
                },
                "AMBIGUOUS_PAYMENT",
            ),
            (
                Facts {
                    recorded: other(),
                    ..facts()
                },
                "AMOUNT_DIFFERS",
            ),
            (
                Facts {
                    pending: two(),
                    ..facts()
                },
                "AMBIGUOUS_PENDING",
            ),
            (
                Facts {
                    pending: other(),
                    ..facts()
                },
                "AMOUNT_DIFFERS",
            ),
            (
                Facts {
                    receipts: two(),
                    ..facts()
                },
                "AMBIGUOUS_PAYMENT",
            ),
            (
                Facts {
                    receipts: other(),
                    ..facts()
                },
                "NO_MATCH",
            ),
            (
                Facts {
                    named: vec![named("A"), named("B")],
                    ..facts()
                },
                "AMBIGUOUS_HOUSEHOLD",
            ),
            (
                Facts {
                    heads: vec!["A".to_owned(), "B".to_owned()],
                    ..facts()
                },
                "AMBIGUOUS_NAME",
            ),
            (
                Facts {
                    named: vec![Named {
                        pending: two(),
                        ..named("A")
                    }],
                    ..facts()
                },
                "AMBIGUOUS_PENDING",
            ),
        ] {
            assert_eq!(decide(&known), Decision::Open(reason), "{known:?}");
        }
    }

    #[test]
    fn a_person_decides_where_money_may_be_counted_twice() {
        let mut known = Facts {
            named: vec![Named {
                unconfirmed: vec![money(7, 100)],
                bills: vec![5],
                ..named("A")
            }],
            ..facts()
        };
        let proposed = |payment, reason| Decision::Propose {
            household: "A".to_owned(),
            payment,
            reason,
        };
        assert_eq!(decide(&known), proposed(Some(7), "POSSIBLY_RECORDED"));
        known.named[0].unconfirmed[0].amount_fen = 99;
        let post = Decision::Post {
            household: "A".to_owned(),
            bill: Some(5),
        };
        assert_eq!(decide(&known), post);
        known.undone = true;
        assert_eq!(decide(&known), proposed(None, "PAYMENT_REVERSED"));
        known.undone = false;
        known.named[0].pending.push(money(8, 100));
        assert_eq!(decide(&known), Decision::Confirm(8));
    }

    #[test]
    fn remarks_are_read_as_people_write_them() {
        let read = remark("王五 ２０２４年宅基地费，户号A1-3，收据号：12、收据第 7 号/bills/x");
        assert_eq!(read.receipts, [12, 7]);
        assert_eq!(read.words, ["2024", "A1-3", "bills", "x"]);
        assert_eq!(remark("收据"), Remark::default());
        assert!(remark(&"9".repeat(65)).words.is_empty());
        assert!(remark(&format!("收据{}", "9".repeat(40))).receipts.is_empty());
    }

    proptest! {
        #[test]
        fn no_remark_panics(text in ".*") {
            let read = remark(&text);
            prop_assert!(read.words.iter().all(|word| !word.is_empty() && word.len() <= LONGEST_WORD));
        }

        /// Nothing is ever posted on the strength of a name, nor where more than one household is meant.
        #[test]
        fn only_one_named_household_is_credited(households in 0..3_usize, heads in 0..3_usize, undone: bool, amount in -2..3_i64) {
            let known = Facts {
                amount_fen: amount,
                undone,
                named: (0..households).map(|at| named(&format!("A{at}"))).collect(),
                heads: (0..heads).map(|at| format!("B{at}")).collect(),
                ..facts()
            };
            let posts = matches!(decide(&known), Decision::Post { .. } | Decision::Confirm(_));
            prop_assert_eq!(posts, amount > 0 && households == 1 && !undone);
        }
    }
}
