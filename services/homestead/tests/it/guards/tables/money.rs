//! What announces, defers and remits money.

use super::Table;

pub const TABLES: &[Table] = &[
    Table {
        name: "pending_payment",
        may: "select, insert, update (state, reason, settled_at)",
        rows: &[
            "id=#1, division_code=@, household_id=H1, bill_id=#1, amount_fen=100, method=2, document=d1, expires_on=2025-03-01, \
             created_at=2025-01-01",
            // Given up.
            "id=#7, bill_id=NULL, document=d7, state=3, settled_at=2025-01-02",
        ],
        other: "id=#2, bill_id=NULL, document=d2",
        guards: &[
            ("pending_payment_pkey", "id=#1"),
            ("pending_payment_id_check", "id=00000000-0000-7000-8000-000000000001"),
            ("pending_payment_household_id_fkey", "household_id=none"),
            ("pending_payment_bill_id_fkey", "bill_id=#9"),
            ("pending_payment_amount_fen_check", "amount_fen=0"),
            ("pending_payment_method_check", "method=1"),
            ("pending_payment_state_check", "state=5, settled_at=2025-01-02"),
            ("pending_payment_check", "settled_at=2025-01-02"),
            ("pending_payment_document", "document=d1"),
            ("pending_payment_bill", "bill_id=#1"),
        ],
    },
    Table {
        name: "statement_line",
        may: "select, insert, update (state, entry_id, household_id, reason, resolver, undone, resolved_at)",
        rows: &[
            "id=#1, division_code=@, bank_reference=r1, booked_on=2024-06-01, amount_fen=100, payer_account_tail=, content=\\x01, \
             state=4, entry_id=#1, created_at=2024-06-01, resolved_at=2024-06-01",
        ],
        other: "id=#2, bank_reference=r2, entry_id=#2",
        guards: &[
            ("statement_line_pkey", "id=#1"),
            ("statement_line_division_code_bank_reference_key", "bank_reference=r1"),
            ("statement_line_entry", "entry_id=#1"),
            ("statement_line_amount_fen_check", "amount_fen=0"),
            ("statement_line_state_check", "state=6"),
            ("statement_line_check", "entry_id=NULL"),
            ("statement_line_check1", "resolved_at=NULL"),
            ("statement_line_check2", "household_id=H1"),
        ],
    },
    Table {
        name: "cash_overdue_stated",
        may: "select, insert",
        rows: &["division_code=@, cadre_id=C1, stated_on=2025-01-01"],
        other: "stated_on=2025-01-02",
        guards: &[("cash_overdue_stated_pkey", "stated_on=2025-01-01")],
    },
    Table {
        name: "instalment_plan",
        may: "select, insert, update (state, ended_on, reason)",
        rows: &[
            "id=#1, division_code=@, household_id=H1, agreed_on=2025-01-01, agreed_fen=100, grace_days=0, document=d, bills={#1}, \
             recorded_by=p, recorded_at=2025-01-01",
        ],
        other: "id=#2, state=4, ended_on=2025-02-01",
        guards: &[
            ("instalment_plan_pkey", "id=#1"),
            ("instalment_plan_household_id_fkey", "household_id=none"),
            ("instalment_plan_agreed_fen_check", "agreed_fen=0"),
            ("instalment_plan_grace_days_check", "grace_days=91"),
            ("instalment_plan_bills_check", "bills={}"),
            ("instalment_plan_state_check", "state=5"),
            ("instalment_plan_check", "ended_on=NULL"),
            ("instalment_plan_active", "state=1, ended_on=NULL"),
        ],
    },
    Table {
        name: "instalment",
        may: "select, insert",
        rows: &["plan_id=#1, number=1, division_code=@, due_on=2025-03-01, amount_fen=100"],
        other: "number=2",
        guards: &[
            ("instalment_pkey", "number=1"),
            ("instalment_plan_id_fkey", "plan_id=#9"),
            ("instalment_number_check", "number=61"),
            ("instalment_amount_fen_check", "amount_fen=0"),
        ],
    },
    Table {
        name: "deferral",
        may: "select, insert, update (until_on)",
        rows: &[
            "id=901, bill_id=#1, plan_id=#1, division_code=@, original_due_on=2025-02-01, from_on=2025-01-01, due_on=2025-03-01",
        ],
        other: "id=902, bill_id=#2",
        guards: &[
            ("deferral_pkey", "id=901"),
            ("deferral_bill_id_fkey", "bill_id=#9"),
            ("deferral_plan_id_fkey", "plan_id=#9"),
            ("deferral_check", "until_on=2024-12-31"),
            ("deferral_holding", "bill_id=#1"),
        ],
    },
    Table {
        name: "discount_granted",
        may: "select, insert, update (entry_id, saved_fen, withdrawn_by)",
        rows: &["bill_id=#1, division_code=@, entry_id=#1, saved_fen=1"],
        other: "bill_id=#2",
        guards: &[
            ("discount_granted_pkey", "bill_id=#1"),
            ("discount_granted_bill_id_fkey", "bill_id=#9"),
            ("discount_granted_saved_fen_check", "saved_fen=0"),
        ],
    },
    Table {
        name: "discount_looked",
        may: "select, insert, update",
        rows: &["division_code=@, entries=1"],
        other: "division_code=@01",
        guards: &[("discount_looked_pkey", "division_code=@")],
    },
    Table {
        name: "billing_run",
        may: "select, insert, update",
        rows: &["id=#1, division_code=@, started_at=2025-01-01, summary=\\x01"],
        other: "id=#2",
        guards: &[("billing_run_pkey", "id=#1")],
    },
];
