//! What is to be billed: the terms of a run, and the bills that follow from them. No I/O.

use std::collections::BTreeMap;

use homestead_core::{
    money,
    occupation::stretches,
    span::Span,
    tariff::{charge, segments},
};
use kit::{
    dates,
    division::{Division, Level},
    error::{Error, Result},
    id::Ids,
};
use proto::xiangtu::homestead::v1::{BillingProblem, RunBillingRequest};
use time::Date;

use crate::{
    store::{
        billing::{Issued, NewBill, Occupier},
        tariff::StoredTariff,
    },
    wire::{names, tariff::class},
};

/// The terms of a run, checked.
#[derive(Debug, Clone)]
pub struct Terms {
    pub division_code: String,
    pub span: Span,
    pub due_on: Date,
    pub issued_on: Date,
    pub validate_only: bool,
    pub max_total_fen: Option<i64>,
    pub max_bill_fen: Option<i64>,
}

impl Terms {
    /// Reads and checks a request; `today` stands for a day of issue not given.
    pub fn read(request: &RunBillingRequest, today: Date) -> Result<Self> {
        let division = Division::parse("division", &request.division)?;
        if !(Level::County..=Level::Village).contains(&division.level()) {
            return Err(Error::invalid(
                "division",
                &request.division,
                "a county, township or village",
            ));
        }
        let from = dates::required("from_date", request.from_date)?;
        let until = dates::required("until_date", request.until_date)?;
        let due_on = dates::required("due_date", request.due_date)?;
        let span = Span::new(from, until).filter(|span| span.at_most_a_year());
        let span = span.ok_or_else(|| {
            Error::invalid(
                "until_date",
                until,
                format!("after from_date {from} and at most a year later"),
            )
        })?;
        if due_on < from {
            return Err(Error::invalid(
                "due_date",
                due_on,
                format!("not before from_date {from}"),
            ));
        }
        let issued_on = dates::from_proto("issue_date", request.issue_date)?.unwrap_or(today);
        if issued_on > today {
            return Err(Error::invalid(
                "issue_date",
                issued_on,
                format!("not after today, {today}"),
            ));
        }
        for (field, bound) in [
            ("max_total_fen", request.max_total_fen),
            ("max_bill_fen", request.max_bill_fen),
        ] {
            if let Some(bound) = bound.filter(|bound| *bound < 0) {
                return Err(Error::invalid(field, bound, "0 or more"));
            }
        }
        Ok(Self {
            division_code: division.into_code(),
            span,
            due_on,
            issued_on,
            validate_only: request.validate_only,
            max_total_fen: request.max_total_fen,
            max_bill_fen: request.max_bill_fen,
        })
    }
}

/// The bills of a portion, and who gets none.
#[derive(Debug, Default)]
pub struct Assessed {
    pub bills: Vec<NewBill>,
    pub already: i64,
    pub disputed: i64,
    pub parked: i64,
    pub problems: Vec<BillingProblem>,
    /// Households about to owe something that have no cadre.
    orphans: Vec<(String, String)>,
}

/// Works out the bills of `occupiers`, which come by village.
pub fn assess(terms: &Terms, tariffs: &[StoredTariff], occupiers: Vec<Occupier>, ids: &Ids) -> Assessed {
    let mut assessed = Assessed::default();
    let mut here: (String, Vec<(Span, Option<&StoredTariff>)>) = (String::new(), Vec::new());
    for occupier in occupiers {
        if occupier.disputed {
            assessed.disputed += 1;
            continue;
        }
        if here.0 != occupier.division_code {
            here = (
                occupier.division_code.clone(),
                segments(tariffs, &occupier.division_code, terms.span),
            );
            if here.1.iter().any(|(_, tariff)| tariff.is_none()) {
                let village = names::of("divisions", &here.0);
                assessed.problem(
                    village,
                    "TARIFF_MISSING",
                    "所选期间内部分日期没有适用的收费标准".to_owned(),
                );
            }
        }
        assessed.bill(terms, &here.1, &occupier, ids);
    }
    assessed
}

/// The days that are charged alike: one tariff and one area, which is more than 0.
fn pieces<'a>(
    segments: &'a [(Span, Option<&'a StoredTariff>)],
    occupier: &'a Occupier,
) -> impl Iterator<Item = (Span, i64, &'a StoredTariff)> {
    segments
        .iter()
        .filter_map(|(span, stored)| stored.map(|stored| (*span, stored)))
        .flat_map(|(span, stored)| {
            let pieces = stretches(&occupier.known, span).into_iter();
            pieces.map(move |piece| (piece.days, piece.over_dm2, stored))
        })
        .filter(|(_, over_dm2, _)| *over_dm2 > 0)
}

impl Assessed {
    fn bill(&mut self, terms: &Terms, segments: &[(Span, Option<&StoredTariff>)], occupier: &Occupier, ids: &Ids) {
        let class = class(occupier.relief_class.map(i32::from).unwrap_or_default());
        let before = self.bills.len();
        let mut net_fen = 0_i64;
        let mut already = false;
        for (span, over_dm2, stored) in pieces(segments, occupier) {
            if occupier
                .billed
                .iter()
                .chain(&occupier.own)
                .any(|billed| billed.overlaps(span))
            {
                // What this run billed before it was interrupted is not somebody else's.
                already |= occupier.own.is_empty();
                continue;
            }
            // Outside what the checks of tariffs and areas admit: like any amount that is too large.
            let charge = charge(&stored.tariff, over_dm2, class, span);
            let Some(charge) = charge else {
                net_fen = i64::MAX;
                break;
            };
            if charge.gross_fen > 0 {
                net_fen = net_fen.saturating_add(charge.net_fen());
                self.bills.push(NewBill {
                    id: ids.next(),
                    division_code: occupier.division_code.clone(),
                    household_id: occupier.household_id.clone(),
                    tariff_id: stored.id,
                    from_on: span.from(),
                    until_on: span.until(),
                    over_dm2,
                    relief_class: occupier.relief_class,
                    gross_fen: charge.gross_fen,
                    relief_fen: charge.relief_fen,
                    corrects: None,
                });
            }
        }
        if net_fen == i64::MAX || terms.max_bill_fen.is_some_and(|bound| net_fen > bound) {
            self.bills.truncate(before);
            self.parked += 1;
            let message = format!("应缴 {} 元，超过单户上限", money::yuan(net_fen));
            self.problem(
                names::of("households", &occupier.household_id),
                "BILL_TOO_LARGE",
                message,
            );
        } else if occupier.cadre_id.is_none() && self.bills.len() > before {
            self.orphans
                .push((occupier.division_code.clone(), occupier.household_id.clone()));
        }
        self.already += i64::from(already && self.bills.len() == before);
    }

    /// Households that need a cadre with what they are about to owe, by village.
    pub fn without_cadre(&self) -> BTreeMap<String, Vec<(String, i64)>> {
        let mut villages: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
        for (village, household) in &self.orphans {
            let bills = self.bills.iter().filter(|bill| bill.household_id == *household);
            let net_fen = bills.map(|bill| bill.gross_fen - bill.relief_fen).sum();
            villages
                .entry(village.clone())
                .or_default()
                .push((household.clone(), net_fen));
        }
        villages
    }

    /// Puts the households of `village` aside that have no cadre: it has none to give.
    pub fn park_village(&mut self, village: &str) {
        let parked: Vec<&String> = self
            .orphans
            .iter()
            .filter(|(code, _)| code == village)
            .map(|(_, household)| household)
            .collect();
        self.bills.retain(|bill| !parked.contains(&&bill.household_id));
        self.parked += i64::try_from(parked.len()).unwrap_or(i64::MAX);
        let message = format!("{} 户没有包户干部，且该村没有可分配的干部", parked.len());
        self.problem(names::of("divisions", village), "CADRE_MISSING", message);
    }

    /// What issuing would come to if no advance were set against it.
    pub fn expected(&self) -> Vec<Issued> {
        let mut villages: BTreeMap<&str, Issued> = BTreeMap::new();
        for bill in &self.bills {
            let village = villages.entry(bill.division_code.as_str()).or_insert_with(|| Issued {
                division_code: bill.division_code.clone(),
                bills: 0,
                gross_fen: 0,
                relief_fen: 0,
                advance_fen: 0,
            });
            village.bills += 1;
            village.gross_fen += bill.gross_fen;
            village.relief_fen += bill.relief_fen;
        }
        villages.into_values().collect()
    }

    fn problem(&mut self, subject: String, reason: &str, message_zh: String) {
        self.problems.push(BillingProblem {
            subject,
            reason: reason.to_owned(),
            message_zh,
        });
    }
}
