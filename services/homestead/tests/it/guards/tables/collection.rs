//! What is done towards debtors.

use super::Table;

pub const TABLES: &[Table] = &[
    Table {
        name: "dunning_notice",
        may: "select, insert",
        rows: &[
            "id=#1, division_code=@, household_id=H1, cadre_id=C1, stage=1, overdue_fen=1, oldest_due_on=2024-12-31, \
             notice_on=2025-01-01, created_at=2025-01-01",
            "id=#2, notice_on=2025-01-02",
        ],
        other: "id=#3, notice_on=2025-01-03",
        guards: &[
            ("dunning_notice_pkey", "id=#1"),
            ("dunning_notice_household_id_fkey", "household_id=none"),
            ("dunning_notice_cadre_id_fkey", "cadre_id=none"),
            ("dunning_notice_stage_check", "stage=6"),
            ("dunning_notice_overdue_fen_check", "overdue_fen=0"),
            ("dunning_notice_household_id_notice_on_key", "notice_on=2025-01-01"),
        ],
    },
    Table {
        name: "collection_stated",
        may: "select, insert, update",
        rows: &["division_code=@, entries=1"],
        other: "division_code=@01",
        guards: &[("collection_stated_pkey", "division_code=@")],
    },
    Table {
        name: "served_notice",
        may: "select, insert",
        rows: &[
            "id=#1, division_code=@, household_id=H1, notice_id=#1, service_method=1, served_at=2025-01-01, proof=p, bills={}, \
             recorded_by=p, recorded_at=2025-01-01",
        ],
        other: "id=#2, notice_id=#2",
        guards: &[
            ("served_notice_pkey", "id=#1"),
            ("served_notice_household_id_fkey", "household_id=none"),
            ("served_notice_notice_id_fkey", "notice_id=#9"),
            ("served_notice_notice_id_key", "notice_id=#1"),
            ("served_notice_service_method_check", "service_method=5"),
            ("served_notice_proof_check", "proof="),
        ],
    },
    Table {
        name: "limitation_event",
        may: "select, insert",
        rows: &[
            "id=#1, division_code=@, household_id=H1, kind=1, effective_on=2025-01-01, proof=p, recorded_by=p, \
             recorded_at=2025-01-01",
        ],
        other: "id=#2",
        guards: &[
            ("limitation_event_pkey", "id=#1"),
            ("limitation_event_household_id_fkey", "household_id=none"),
            ("limitation_event_bill_id_fkey", "bill_id=#9"),
            ("limitation_event_kind_check", "kind=4"),
            ("limitation_event_proof_check", "proof="),
        ],
    },
    Table {
        name: "visit",
        may: "select, insert",
        rows: &[
            "id=#1, division_code=@, household_id=H1, cadre_id=C1, visited_at=2025-01-01, outcome=2, text=, recorded_by=p, \
             recorded_at=2025-01-01",
        ],
        other: "id=#2",
        guards: &[
            ("visit_pkey", "id=#1"),
            ("visit_household_id_fkey", "household_id=none"),
            ("visit_cadre_id_fkey", "cadre_id=none"),
            ("visit_outcome_check", "outcome=8"),
            (
                "visit_promise_fen_check",
                "outcome=1, promise_on=2025-02-01, promise_fen=0",
            ),
            ("visit_check", "outcome=1"),
        ],
    },
    Table {
        name: "mediation",
        may: "select, insert",
        rows: &[
            "id=#1, division_code=@, household_id=H1, held_on=2025-01-01, mediator=m, parties={p}, outcome=2, bills={}, text=, \
             recorded_by=p, recorded_at=2025-01-01",
        ],
        other: "id=#2",
        guards: &[
            ("mediation_pkey", "id=#1"),
            ("mediation_household_id_fkey", "household_id=none"),
            ("mediation_parties_check", "parties={}"),
            ("mediation_outcome_check", "outcome=4"),
            (
                "mediation_agreed_fen_check",
                "outcome=1, agreed_fen=0, last_on=2025-02-01",
            ),
            ("mediation_check", "outcome=1"),
        ],
    },
    Table {
        name: "objection",
        may: "select, insert, update (state, decided_on, reason, decided_by, decided_at, awaits_survey, resurvey_id)",
        rows: &[
            "id=#1, division_code=@, household_id=H1, ground=4, text=, filed_on=2025-01-01, filed_by=p, filed_at=2025-01-01",
        ],
        other: "id=#2, ground=3",
        guards: &[
            ("objection_pkey", "id=#1"),
            ("objection_household_id_fkey", "household_id=none"),
            ("objection_parcel_id_fkey", "ground=1, parcel_id=none"),
            ("objection_bill_id_fkey", "ground=2, bill_id=#9"),
            ("objection_resurvey_id_fkey", "resurvey_id=#9"),
            ("objection_ground_check", "ground=5"),
            (
                "objection_state_check",
                "state=5, decided_on=2025-01-02, reason=r, decided_by=q, decided_at=2025-01-02",
            ),
            (
                "objection_check",
                "state=2, decided_on=2024-12-31, reason=r, decided_by=q, decided_at=2025-01-02",
            ),
            (
                "objection_check1",
                "state=2, decided_on=2025-01-02, reason=r, decided_by=p, decided_at=2025-01-02",
            ),
            ("objection_check2", "parcel_id=P1"),
            ("objection_check3", "bill_id=#1"),
            ("objection_check4", "decided_on=2025-01-02"),
            ("objection_check5", "reason=r"),
            ("objection_check6", "decided_by=q"),
            ("objection_check7", "decided_at=2025-01-02"),
            ("objection_awaits", "awaits_survey=t"),
            ("objection_open", "ground=4"),
        ],
    },
    Table {
        name: "public_notice",
        may: "select, insert",
        rows: &[
            "id=#1, division_code=@, notice_number=1, as_of=2025-01-01, from_on=2025-01-01, last_on=2025-01-31, overdue_fen=1, \
             lines=1, drafted_by=p, created_at=2025-01-01",
        ],
        other: "id=#2, notice_number=2",
        guards: &[
            ("public_notice_pkey", "id=#1"),
            ("public_notice_division_code_notice_number_key", "notice_number=1"),
            ("public_notice_notice_number_check", "notice_number=0"),
            ("public_notice_check", "last_on=2024-12-31"),
            ("public_notice_overdue_fen_check", "overdue_fen=0"),
            ("public_notice_lines_check", "lines=0"),
        ],
    },
    Table {
        name: "public_notice_line",
        may: "select, insert",
        rows: &[
            "notice_id=#1, line_number=1, division_code=@, household_id=H1, masked_name=m, overdue_fen=1, oldest_due_on=2024-12-31",
        ],
        other: "line_number=2",
        guards: &[
            ("public_notice_line_pkey", "line_number=1"),
            ("public_notice_line_notice_id_fkey", "notice_id=#9"),
            ("public_notice_line_household_id_fkey", "household_id=none"),
            ("public_notice_line_overdue_fen_check", "overdue_fen=0"),
        ],
    },
];
