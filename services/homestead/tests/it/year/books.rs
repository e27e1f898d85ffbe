//! Books against the recount: the exported journal, ageing, what became of arrears, and each village's year.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use kit::dates::to_proto;
use proto::xiangtu::homestead::v1::{
    AgeingBucket, AgeingGroup, AgeingReport, ExportLedgerRequest, GetAgeingReportRequest, GetCollectionCurveRequest,
    GetRollRatesRequest, GetYearReportRequest, RollCell, YearReport, ledger_record::Record,
    report_service_client::ReportServiceClient,
};
use time::Date;

use super::{
    Lankao,
    office::DUE,
    recount::{ADVANCE, BANK, CASH, Home, INCOME, PAYABLE, RECEIVABLE, RELIEF, REWARD, WRITTEN_OFF, kind},
};

/// Fen that moved, by year, kind of entry, account that took and account that gave.
type Flows = BTreeMap<(i32, i16, i16, i16), i64>;

/// First days of the ages after "not due".
const AGES: [i64; 5] = [0, 31, 91, 181, 366];

fn age(day: Date, due: Date) -> usize {
    let days = (day - due).whole_days();
    AGES.iter().filter(|first| **first <= days).count()
}

fn cells(row: &proto::xiangtu::homestead::v1::AgeingRow) -> [(i64, i64); 6] {
    let cell = |bucket: &Option<AgeingBucket>| bucket.as_ref().map_or((0, 0), |it| (it.outstanding_fen, it.bill_count));
    [
        &row.not_due,
        &row.days_0_to_30,
        &row.days_31_to_90,
        &row.days_91_to_180,
        &row.days_181_to_365,
        &row.days_over_365,
    ]
    .map(cell)
}

fn fen(cell: Option<RollCell>) -> i64 {
    cell.map_or(0, |cell| cell.amount_fen)
}

impl Lankao {
    /// Flows of each village, by the recount.
    fn flows(&self) -> BTreeMap<String, Flows> {
        let mut villages: BTreeMap<String, Flows> = BTreeMap::new();
        for home in &self.homes {
            let flows = villages.entry(home.village.clone()).or_default();
            for it in &home.moves {
                *flows.entry((it.day.year(), it.kind, it.debit, it.credit)).or_default() += it.fen;
            }
        }
        for (day, village, _, fen) in &self.remitted {
            let flows = villages.entry(village.clone()).or_default();
            *flows.entry((day.year(), kind::REMITTANCE, BANK, CASH)).or_default() += fen;
        }
        villages
    }

    /// Sums over the exported journal: flows of each village, what each household holds, the cash of each cadre.
    pub async fn check_journal(&self) {
        let request = ExportLedgerRequest::default();
        let export = self.world.ledger().export_ledger(self.world.request(request)).await;
        let mut export = export.expect("an export").into_inner();
        let mut flows: BTreeMap<String, Flows> = BTreeMap::new();
        let mut held: BTreeMap<(i16, String), i64> = BTreeMap::new();
        let mut entries: BTreeMap<String, i64> = BTreeMap::new();
        while let Some(record) = export.message().await.expect("a record") {
            let Some(Record::Entry(entry)) = record.record else {
                continue;
            };
            let village = entry.division.trim_start_matches("divisions/").to_owned();
            let number = |text: &str| text.parse::<i16>().expect("a number");
            let (kind, year) = (number(&entry.fields[3]), entry.fields[5][..4].parse().expect("a year"));
            *entries.entry(entry.fields[4].clone()).or_default() += 1;
            for transfer in &entry.fields[17..] {
                let cells: Vec<&str> = transfer.split('\u{1f}').collect();
                let (debit, credit, fen) = (
                    number(cells[1]),
                    number(cells[3]),
                    cells[5].parse::<i64>().expect("fen"),
                );
                let of_village = flows.entry(village.clone()).or_default();
                *of_village.entry((year, kind, debit, credit)).or_default() += fen;
                *held.entry((debit, cells[2].to_owned())).or_default() += fen;
                *held.entry((credit, cells[4].to_owned())).or_default() -= fen;
            }
        }
        let mut expected = self.flows();
        expected.retain(|_, flows| !flows.is_empty());
        assert_eq!(flows.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (village, flows) in &flows {
            assert_eq!(flows, &expected[village], "{village}");
        }
        let holds = |account, id: &str| held.get(&(account, id.to_owned())).copied().unwrap_or(0);
        for home in &self.homes {
            let sums = [RECEIVABLE, ADVANCE, PAYABLE].map(|account| holds(account, &home.id));
            assert_eq!(sums, [home.owed(), -home.advance, -home.payable], "{}", home.id);
            assert_eq!(entries.get(&home.id).copied().unwrap_or(0), home.entries, "{}", home.id);
        }
        let cash: i64 = held
            .iter()
            .filter(|((account, _), _)| *account == CASH)
            .map(|(_, fen)| fen.abs())
            .sum();
        assert_eq!(cash, self.in_hand().values().sum::<i64>());
    }

    async fn ageing(&self, day: Date, group: AgeingGroup) -> AgeingReport {
        let request = GetAgeingReportRequest {
            as_of: Some(to_proto(day)),
            group_by: group.into(),
            ..GetAgeingReportRequest::default()
        };
        let report = self.world.ageing().get_ageing_report(self.world.request(request)).await;
        report.expect("a report").into_inner()
    }

    /// Age of everything open on a day, by village and by township.
    pub async fn check_ageing(&self, day: Date) {
        for (group, digits) in [(AgeingGroup::Village, 12), (AgeingGroup::Township, 9)] {
            let mut expected: BTreeMap<String, [(i64, i64); 6]> = BTreeMap::new();
            for home in &self.homes {
                for (at, bill) in home.bills.iter().enumerate().filter(|(_, bill)| bill.issued <= day) {
                    let open = home.stood(at, day);
                    if open > 0 {
                        let code = format!("divisions/{}", &home.village[..digits]);
                        let cell = &mut expected.entry(code).or_default()[age(day, bill.due_on(day))];
                        *cell = (cell.0 + open, cell.1 + 1);
                    }
                }
            }
            let report = self.ageing(day, group).await;
            let stated: BTreeMap<_, _> = report
                .rows
                .iter()
                .map(|row| (row.subject.clone(), cells(row)))
                .collect();
            assert_eq!(stated.len(), report.rows.len());
            assert_eq!(stated, expected, "{day} {group:?}");
            let total = report.total.and_then(|row| row.total).expect("a total");
            let all: i64 = expected.values().flatten().map(|(fen, _)| fen).sum();
            assert_eq!(total.outstanding_fen, all);
        }
    }

    /// What became of the arrears of one day until another, and how fast the bills of the year came in.
    pub async fn check_arrears(&self, first: Date, last: Date) {
        let request = GetRollRatesRequest {
            first_date: Some(to_proto(first)),
            last_date: Some(to_proto(last)),
            ..GetRollRatesRequest::default()
        };
        let mut reports = ReportServiceClient::new(self.world.channel());
        let rates = reports
            .get_roll_rates(self.world.request(request))
            .await
            .expect("rates")
            .into_inner();
        let total = rates.total.expect("a total");
        let (mut open, mut left) = (0, 0);
        for home in &self.homes {
            for at in (0..home.bills.len()).filter(|at| home.bills[*at].issued <= first) {
                let before = home.stood(at, first);
                open += before;
                left += if before > 0 { home.stood(at, last) } else { 0 };
            }
        }
        let rest = [
            total.not_due,
            total.days_0_to_30,
            total.days_31_to_90,
            total.days_91_to_180,
            total.days_181_to_365,
            total.days_over_365,
        ];
        let still: i64 = rest.into_iter().map(fen).sum();
        assert_eq!((fen(total.total), still + total.reopened_fen), (open, left));
        let gone: i64 = [total.paid, total.remitted, total.credited, total.written_off]
            .into_iter()
            .map(fen)
            .sum();
        assert_eq!(still + gone, open);

        let request = GetCollectionCurveRequest {
            from_date: Some(to_proto(DUE)),
            until_date: Some(to_proto(DUE + time::Duration::DAY)),
            as_of: Some(to_proto(last)),
            ..GetCollectionCurveRequest::default()
        };
        let curve = reports
            .get_collection_curve(self.world.request(request))
            .await
            .expect("a curve")
            .into_inner();
        let bills = || self.homes.iter().filter_map(|home| home.bills.first());
        let sum = |of: fn(&super::recount::Bill) -> i64| bills().map(of).sum::<i64>();
        assert_eq!(curve.bill_count, i64::try_from(bills().count()).expect("few"));
        assert_eq!(curve.billed_fen, sum(|bill| bill.gross - bill.relief));
        let total = curve.total.expect("a total");
        assert_eq!(
            [
                total.settled_fen,
                total.relieved_fen,
                total.credited_fen,
                total.written_off_fen,
                total.outstanding_fen
            ],
            [
                sum(|bill| bill.paid),
                sum(|bill| bill.further),
                sum(|bill| bill.credited),
                sum(|bill| bill.written_off),
                sum(super::recount::Bill::outstanding)
            ]
        );
    }

    /// What each village publishes of the year, closed to the fen.
    pub async fn check_years(&self) {
        let flows = self.flows();
        let reports: Vec<YearReport> = stream::iter(self.books.iter())
            .map(|village| async move {
                let request = GetYearReportRequest {
                    division: format!("divisions/{village}"),
                    year: 2025,
                };
                let mut client = ReportServiceClient::new(self.world.channel());
                client
                    .get_year_report(self.world.request(request))
                    .await
                    .expect("a report")
                    .into_inner()
            })
            .buffer_unordered(8)
            .collect()
            .await;
        assert_eq!(reports.len(), self.books.len());
        for report in reports {
            let village = report.division.trim_start_matches("divisions/");
            let none = Flows::new();
            let homes: Vec<&Home> = self.homes.iter().filter(|home| home.village == village).collect();
            check_year(&report, flows.get(village).unwrap_or(&none), &homes);
        }
    }
}

fn check_year(report: &YearReport, flows: &Flows, homes: &[&Home]) {
    let of = |kind, debit, credit| flows.get(&(2025, kind, debit, credit)).copied().unwrap_or(0);
    let told = report.movements.as_ref().expect("movements");
    let further: i64 = homes
        .iter()
        .flat_map(|home| home.bills.iter().skip(1))
        .map(|bill| bill.gross)
        .sum();
    let money = |kind, credit| of(kind, CASH, credit) + of(kind, BANK, credit);
    let back = |debit| of(kind::REVERSAL, debit, CASH) + of(kind::REVERSAL, debit, BANK);
    let turned = [kind::CORRECTION, kind::RELIEF, kind::DISCOUNT].map(|kind| of(kind, RECEIVABLE, ADVANCE));
    let stated = [
        told.charged_fen,
        told.charged_further_fen,
        told.relief_on_bills_fen,
        told.relief_granted_fen,
        told.discounts_fen,
        told.credited_fen,
        told.relief_taken_back_fen,
        told.written_off_fen,
        told.write_off_taken_back_fen,
        told.received_for_bills_fen,
        told.received_ahead_fen,
        told.advances_used_fen,
        told.turned_ahead_fen,
        told.refunded_cash_fen,
        told.refunded_bank_fen,
        told.remitted_fen,
        told.rewards_granted_fen,
        told.rewards_offset_fen,
        told.rewards_paid_cash_fen,
        told.rewards_paid_bank_fen,
    ];
    let expected = [
        of(kind::BILL, RECEIVABLE, INCOME),
        further,
        of(kind::BILL, RELIEF, RECEIVABLE),
        of(kind::RELIEF, RELIEF, RECEIVABLE),
        of(kind::DISCOUNT, RELIEF, RECEIVABLE),
        of(kind::CORRECTION, INCOME, RECEIVABLE),
        of(kind::CORRECTION, RECEIVABLE, RELIEF) - of(kind::CORRECTION, RELIEF, RECEIVABLE),
        of(kind::WRITE_OFF, WRITTEN_OFF, RECEIVABLE),
        of(kind::CORRECTION, RECEIVABLE, WRITTEN_OFF) - of(kind::CORRECTION, WRITTEN_OFF, RECEIVABLE),
        money(kind::PAYMENT, RECEIVABLE) - back(RECEIVABLE),
        money(kind::PAYMENT, ADVANCE) - back(ADVANCE),
        of(kind::BILL, ADVANCE, RECEIVABLE) + of(kind::SETTLEMENT, ADVANCE, RECEIVABLE),
        turned.iter().sum(),
        of(kind::REFUND, ADVANCE, CASH),
        of(kind::REFUND, ADVANCE, BANK),
        of(kind::REMITTANCE, BANK, CASH),
        of(kind::REWARD, REWARD, PAYABLE),
        of(kind::OFFSET, PAYABLE, RECEIVABLE),
        of(kind::REWARD_PAID, PAYABLE, CASH),
        of(kind::REWARD_PAID, PAYABLE, BANK),
    ];
    assert_eq!(stated, expected, "{}", report.division);
    let closing = |account: i16| {
        let sides = flows
            .iter()
            .filter(|((year, ..), _)| *year == 2025)
            .map(|((_, _, debit, credit), fen)| fen * (i64::from(*debit == account) - i64::from(*credit == account)));
        let sum: i64 = sides.sum();
        if matches!(account, INCOME | ADVANCE | PAYABLE) {
            -sum
        } else {
            sum
        }
    };
    for balance in &report.balances {
        let account = i16::try_from(balance.account).expect("an account");
        let (stated, expected) = ((balance.opening_fen, balance.closing_fen), (0, closing(account)));
        assert_eq!(stated, expected, "{} {account}", report.division);
    }
    assert!(report.closed && report.balances.len() == 9, "{}", report.division);
}
