//! The books, the journal, and what was closed, sealed and recounted.

use super::Table;

pub const TABLES: &[Table] = &[
    Table {
        name: "book",
        may: "select, insert (division_code)",
        rows: &["division_code=@, closed_before=2024-01-01"],
        other: "division_code=@01",
        guards: &[
            ("book_pkey", "division_code=@"),
            ("book_advance_fen_check", "advance_fen=-1, cash_fen=-1"),
            ("book_written_off_fen_check", "written_off_fen=-1"),
            ("book_reward_fen_check", "reward_fen=-1, cash_fen=1"),
            ("book_payable_fen_check", "payable_fen=-1, cash_fen=-1"),
            ("book_owed", "relieved_fen=1"),
            ("book_balanced", "cash_fen=1"),
        ],
    },
    Table {
        name: "book_order",
        may: "select",
        rows: &["division_code=@, from_number=1"],
        other: "from_number=2",
        guards: &[("book_order_pkey", "from_number=1")],
    },
    Table {
        name: "bill",
        may: "select",
        rows: &[
            "id=#1, division_code=@, household_id=H1, run_id=#1, tariff_id=#1, from_on=2024-01-01, until_on=2025-01-01, \
             issued_on=2025-01-01, due_on=2025-02-01, over_dm2=10, gross_fen=100, relief_fen=0, paid_fen=0, created_at=2025-01-01",
            "id=#2, from_on=2023-01-01, until_on=2024-01-01",
        ],
        other: "id=#3, from_on=2022-01-01, until_on=2023-01-01",
        guards: &[
            ("bill_pkey", "id=#1"),
            ("bill_household_id_fkey", "household_id=none"),
            ("bill_household_days", "from_on=2024-01-01, until_on=2025-01-01"),
            ("bill_check", "until_on=2022-01-01"),
            ("bill_over_dm2_check", "over_dm2=0"),
            ("bill_gross_fen_check", "gross_fen=0"),
            ("bill_check1", "relief_fen=-1, remitted_fen=1"),
            ("bill_check2", "credited_fen=-1"),
            ("bill_paid_fen_check", "paid_fen=-1"),
            ("bill_written_off_fen_check", "written_off_fen=-1"),
            ("bill_outstanding_fen_check", "paid_fen=101"),
            ("bill_relief", "remitted_fen=-1"),
            ("bill_supplement", "supplement=1"),
        ],
    },
    Table {
        name: "advance",
        may: "select",
        rows: &["household_id=H1, division_code=@, amount_fen=1"],
        other: "household_id=H2",
        guards: &[
            ("advance_pkey", "household_id=H1"),
            ("advance_amount_fen_check", "amount_fen=-1"),
        ],
    },
    Table {
        name: "payable",
        may: "select",
        rows: &["household_id=H1, division_code=@, amount_fen=1"],
        other: "household_id=H2",
        guards: &[
            ("payable_pkey", "household_id=H1"),
            ("payable_amount_fen_check", "amount_fen=-1"),
        ],
    },
    Table {
        name: "journal_entry",
        may: "select",
        rows: &[
            "id=#1, division_code=@, entry_number=1, kind=2, household_id=H1, effective_on=2024-06-01, posted_at=2024-06-01, \
             principal=p, request_sha256=\\x01, amount_fen=100, receipt_number=1, method=2",
            "id=#2, entry_number=2, kind=3, receipt_number=NULL, method=NULL, reverses=#1",
        ],
        other: "id=#3, entry_number=3, receipt_number=2",
        guards: &[
            ("journal_entry_pkey", "id=#1"),
            ("journal_entry_number", "entry_number=1"),
            ("journal_entry_receipt", "receipt_number=1"),
            (
                "journal_entry_reverses",
                "kind=3, receipt_number=NULL, method=NULL, reverses=#1",
            ),
            ("journal_entry_kind_check", "kind=14, receipt_number=NULL, method=NULL"),
            ("journal_entry_amount_fen_check", "amount_fen=0"),
            ("journal_entry_check", "advance_fen=101"),
            ("journal_entry_method_check", "method=4"),
            ("journal_entry_check1", "method=NULL"),
            ("journal_entry_check2", "reverses=#9"),
            ("journal_entry_check3", "request_sha256=NULL"),
            ("period_open", "effective_on=2023-12-31"),
            ("given_up", "id=#7"),
        ],
    },
    Table {
        name: "transfer",
        may: "select",
        rows: &[
            "entry_id=#1, line=1, division_code=@, debit=5, debit_holder=, credit=1, credit_holder=H1, amount_fen=100",
        ],
        other: "line=2",
        guards: &[
            ("transfer_pkey", "line=1"),
            ("transfer_debit_check", "debit=10"),
            ("transfer_credit_check", "credit=0"),
            ("transfer_amount_fen_check", "amount_fen=0"),
            ("transfer_check", "credit=5"),
        ],
    },
    Table {
        name: "entry_rule",
        may: "select",
        rows: &["kind=99, debit=1, credit=2"],
        other: "kind=98",
        guards: &[("entry_rule_pkey", "kind=99")],
    },
    Table {
        name: "reassessment",
        may: "select, insert",
        rows: &[
            "id=#1, bill_id=#1, number=1, household_id=H1, division_code=@, cause=c, before=[], after=[], gross_fen=0, relief_fen=0, \
             posted_fen=0, recorded_at=2025-01-01",
        ],
        other: "id=#2, number=2",
        guards: &[
            ("reassessment_pkey", "id=#1"),
            ("reassessment_bill_id_fkey", "bill_id=#9"),
            ("reassessment_supplement_id_fkey", "supplement_id=#9"),
            ("reassessment_number_check", "number=0"),
            ("reassessment_bill_id_number_key", "number=1"),
        ],
    },
    Table {
        name: "book_close",
        may: "select, insert",
        rows: &["id=#1, division_code=@, closed_before=2024-01-01, closer=p, closed_at=2024-01-01, entries=0"],
        other: "id=#2, closed_before=2024-02-01",
        guards: &[
            ("book_close_pkey", "id=#1"),
            ("book_close_division_code_closed_before_key", "closed_before=2024-01-01"),
            ("book_close_entries_check", "entries=-1"),
        ],
    },
    Table {
        name: "day_close",
        may: "select, insert",
        rows: &[
            "id=#1, division_code=@, closed_on=2024-06-01, first_receipt=1, last_receipt=1, receipts=1, cash_fen=0, bank_fen=100, \
             mobile_fen=0, reversals=0, reversed_fen=0, remitted_fen=0, last_entry_number=1, booked_cash_fen=0, \
             counted_cash_fen=0, reason=, closer=p, closed_at=2024-06-01",
        ],
        other: "id=#2, closed_on=2024-06-02",
        guards: &[
            ("day_close_pkey", "id=#1"),
            ("day_close_division_code_closed_on_key", "closed_on=2024-06-01"),
            ("day_close_counted_cash_fen_check", "counted_cash_fen=-1, reason=r"),
            ("day_close_check", "counted_cash_fen=1"),
        ],
    },
    Table {
        name: "seal",
        may: "select, insert",
        rows: &[
            "division_code=@, from_number=1, until_number=2, previous=$, digests=$, hash=$, signature=\\x01, public_key=\\x01, \
             sealed_at=2025-01-01",
        ],
        other: "from_number=2, until_number=3",
        guards: &[
            ("seal_pkey", "from_number=1, until_number=2"),
            ("seal_from_number_check", "from_number=0, until_number=1"),
            ("seal_check", "until_number=2, digests=\\x"),
            ("seal_previous_check", "previous=\\x"),
            ("seal_check1", "digests=\\x"),
            ("seal_hash_check", "hash=\\x"),
        ],
    },
    Table {
        name: "root",
        may: "select, insert",
        rows: &[
            "id=#1, division_code=@, number=1, previous=$, book_count=1, hash=$, signature=\\x01, public_key=\\x01, \
             rooted_at=2025-01-01",
        ],
        other: "id=#2, number=2",
        guards: &[
            ("root_pkey", "id=#1"),
            ("root_division_code_number_key", "number=1"),
            ("root_number_check", "number=0"),
            ("root_previous_check", "previous=\\x"),
            ("root_book_count_check", "book_count=0"),
            ("root_hash_check", "hash=\\x"),
        ],
    },
    Table {
        name: "root_head",
        may: "select, insert",
        rows: &["division_code=@, last_number=1, root_number=1, hash=$"],
        other: "last_number=2",
        guards: &[
            ("root_head_pkey", "last_number=1"),
            ("root_head_last_number_check", "last_number=0"),
            ("root_head_hash_check", "hash=\\x"),
        ],
    },
    Table {
        name: "recount",
        may: "select, insert",
        rows: &["id=#1, division_code=@, outcome=\\x01, recounted_at=2025-01-01"],
        other: "id=#2",
        guards: &[("recount_pkey", "id=#1")],
    },
];
