//! Every household's papers explain what it owes: the fee line by line, every change since, and the sum that is left.

use futures::{StreamExt as _, stream};
use kit::dates::to_proto;
use proto::xiangtu::homestead::v1::{
    AccountKind, Bill, Correction, Entry, EntryKind, FeeLineKind, GetAccountRequest, GetFeeSheetRequest,
    GetStatementRequest, ListCorrectionsRequest, correction_service_client::CorrectionServiceClient,
};

use super::{
    Lankao,
    fee::{Fee, fee},
    recount::{self, Home},
};

impl Lankao {
    /// Of every household.
    pub async fn check_statements(&self) {
        stream::iter(&self.homes)
            .for_each_concurrent(16, |home| self.check_statement(home))
            .await;
    }

    async fn check_statement(&self, home: &Home) {
        let world = &self.world;
        let household = format!("households/{}", home.id);
        let name = format!("{household}/account");
        let account = world
            .ledger()
            .get_account(world.request(GetAccountRequest { name }))
            .await;
        let account = account.expect("an account").into_inner();
        let stands = (account.outstanding_fen, account.advance_fen, account.reward_due_fen);
        assert_eq!(stands, (home.owed(), home.advance, home.payable), "{}", home.id);

        let request = GetFeeSheetRequest {
            household: household.clone(),
            year: 2025,
        };
        let sheet = world
            .bills()
            .get_fee_sheet(world.request(request))
            .await
            .expect("a sheet")
            .into_inner();
        assert!(!sheet.text_zh.is_empty());
        let bills: Vec<&Bill> = sheet.bills.iter().filter_map(|it| it.bill.as_ref()).collect();
        assert_eq!(bills.len(), home.bills.len(), "{}", home.id);

        let request = GetStatementRequest {
            household: household.clone(),
            ..GetStatementRequest::default()
        };
        let statement = world.ledger().get_statement(world.request(request)).await;
        let statement = statement.expect("a statement").into_inner();
        assert_eq!(
            (statement.opening_balance_fen, statement.closing_balance_fen),
            (0, home.owed() - home.advance)
        );
        for entry in &statement.entries {
            assert!(!entry.document.is_empty() || entry.receipt_number > 0, "{entry:?}");
        }
        for (at, (bill, told)) in bills.iter().zip(&home.bills).enumerate() {
            assert_eq!(bill.limitation_date, Some(to_proto(home.barred(at))), "{}", bill.name);
            check_bill(bill, told);
            check_entries(bill, &statement.entries);
        }
        let Some(first) = bills.first() else { return };
        check_lines(first);
        let changed = home.areas != [(0, first.over_occupied_dm2)];
        if changed {
            let request = ListCorrectionsRequest {
                filter: format!("household = {}", home.id),
                ..ListCorrectionsRequest::default()
            };
            let mut client = CorrectionServiceClient::new(world.channel());
            let listed = client
                .list_corrections(world.request(request))
                .await
                .expect("listed")
                .into_inner();
            check_corrections(home, &bills, &listed.corrections);
        }
    }
}

/// The bill is what the recount says, and its amounts make what is left of it.
fn check_bill(bill: &Bill, told: &recount::Bill) {
    let stated = [
        bill.gross_fen,
        bill.relief_fen,
        bill.credited_fen,
        bill.further_relief_fen,
        bill.written_off_fen,
        bill.paid_fen,
    ];
    let expected = [
        told.gross,
        told.relief,
        told.credited,
        told.further,
        told.written_off,
        told.paid,
    ];
    assert_eq!(
        (bill.name.as_str(), stated),
        (told.name.as_str(), expected),
        "{}",
        bill.household
    );
    let [gross, less @ ..] = stated;
    assert_eq!(bill.outstanding_fen, gross - less.iter().sum::<i64>(), "{}", bill.name);
}

/// The entries that name a bill sum to every amount on it.
fn check_entries(bill: &Bill, entries: &[Entry]) {
    use AccountKind::{Advance, Bank, Cash, Income, Payable, Receivable, Relief, WrittenOff};
    let sum = |own: bool, accounts: &[AccountKind]| {
        let entries = entries.iter().filter(|entry| (entry.kind() == EntryKind::Bill) == own);
        let postings = entries
            .flat_map(|entry| &entry.postings)
            .filter(|it| it.bill == bill.name);
        postings
            .filter(|it| accounts.contains(&it.account()))
            .map(|it| it.amount_fen)
            .sum::<i64>()
    };
    let all = |accounts: &[AccountKind]| sum(true, accounts) + sum(false, accounts);
    let summed = [
        -sum(true, &[Income]),
        sum(true, &[Relief]),
        sum(false, &[Income]),
        sum(false, &[Relief]),
        all(&[WrittenOff]),
        all(&[Cash, Bank, Advance, Payable]),
        all(&[Receivable]),
    ];
    let stated = [
        bill.gross_fen,
        bill.relief_fen,
        bill.credited_fen,
        bill.further_relief_fen,
        bill.written_off_fen,
        bill.paid_fen,
        bill.outstanding_fen,
    ];
    assert_eq!(summed, stated, "{}", bill.name);
}

/// Areas times prices make the fee.
fn check_lines(bill: &Bill) {
    let explained = bill.explanation.as_ref().expect("an explanation");
    let areas = explained.lines.iter().filter(|line| {
        matches!(
            line.kind(),
            FeeLineKind::FreeAllowance | FeeLineKind::Band | FeeLineKind::Recovery
        )
    });
    assert_eq!(areas.map(|line| line.area_dm2).sum::<i64>(), bill.over_occupied_dm2);
    for line in &explained.lines {
        if line.kind() == FeeLineKind::Band {
            assert_eq!(line.area_dm2 * line.price_fen_per_m2, line.amount_centifen);
        }
        assert!(!line.text_zh.is_empty());
    }
    let sum: i64 = explained.lines.iter().map(|line| line.amount_centifen).sum();
    assert_eq!(sum, 100 * (bill.gross_fen - bill.relief_fen), "{}", bill.name);
}

/// Corrections state areas by day which make, at the tariff's prices, everything that is charged now.
fn check_corrections(home: &Home, bills: &[&Bill], corrections: &[Correction]) {
    let last = corrections
        .last()
        .unwrap_or_else(|| panic!("{} has no correction", home.id));
    let areas: Vec<(i64, i64)> = last
        .after
        .iter()
        .map(|days| {
            let from = kit::dates::from_proto("from_date", days.from_date)
                .expect("a date")
                .expect("a date");
            (i64::from(from.ordinal()) - 1, days.over_occupied_dm2)
        })
        .collect();
    let now = fee(&areas, home.low_income);
    assert_eq!(areas, home.areas, "{}", home.id);
    let stated = corrections
        .iter()
        .fold((bills[0].gross_fen, bills[0].relief_fen), |(gross, relief), it| {
            (gross + it.gross_fen, relief + it.relief_fen)
        });
    assert_eq!(
        Fee {
            gross: stated.0,
            relief: stated.1
        },
        now,
        "{}",
        home.id
    );
    for correction in corrections.iter().filter(|it| !it.further_bill.is_empty()) {
        assert!(bills.iter().any(|bill| bill.name == correction.further_bill));
    }
}
