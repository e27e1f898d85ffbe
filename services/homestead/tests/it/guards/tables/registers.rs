//! Registers, and the rules by which bills are worked out.

use super::Table;

pub const TABLES: &[Table] = &[
    Table {
        name: "household",
        may: "select, insert, update",
        rows: &[
            "household_id=H1, division_code=@, head_name=\\x01, head_name_index=\\x01, valid_from=2024-01-01",
            "household_id=H2",
        ],
        other: "household_id=H3",
        guards: &[
            ("household_pkey", "household_id=H1"),
            ("household_relief_class_check", "relief_class=5"),
            ("household_registered_persons_check", "registered_persons=101"),
        ],
    },
    Table {
        name: "cadre",
        may: "select, insert, update",
        rows: &[
            "cadre_id=C1, division_code=@, name=\\x01, name_index=\\x01, post=grid_worker, valid_from=2024-01-01",
            "cadre_id=C2",
        ],
        other: "cadre_id=C3",
        guards: &[("cadre_pkey", "cadre_id=C1")],
    },
    Table {
        name: "parcel",
        may: "select, insert, update",
        rows: &[
            "parcel_id=P1, household_id=H1, division_code=@, parcel_number=1, area_dm2=100, over_dm2=10, entitled_dm2=90, \
             period=1, cause=0, use=1, certified=t, disputed=f, valid_from=2024-01-01",
        ],
        other: "parcel_id=P2, parcel_number=2",
        guards: &[
            ("parcel_pkey", "parcel_id=P1"),
            ("parcel_household_id_fkey", "household_id=none"),
            ("parcel_parcel_number_check", "parcel_number=0"),
            ("parcel_check", "over_dm2=101"),
            ("parcel_entitled_dm2_check", "entitled_dm2=-1"),
            ("parcel_period_check", "period=5"),
            ("parcel_cause_check", "cause=7"),
            ("parcel_use_check", "use=4"),
            ("parcel_check1", "area_dm2=NULL"),
            ("parcel_household_id_parcel_number_key", "parcel_number=1"),
            ("parcel_approved_dm2_check", "approved_dm2=-1"),
            ("parcel_registered_dm2_check", "registered_dm2=-1"),
        ],
    },
    Table {
        name: "parcel_past",
        may: "select, insert",
        rows: &[
            "parcel_id=P1, household_id=H1, division_code=@, parcel_number=1, entitled_dm2=90, period=1, cause=0, use=1, \
             certified=t, disputed=f, valid_from=2024-01-01, superseded_at=2025-01-01",
        ],
        other: "superseded_at=2025-02-01",
        guards: &[],
    },
    Table {
        name: "portfolio",
        may: "select, insert, update",
        rows: &["household_id=H1, division_code=@, cadre_id=C1, from_on=2024-01-01"],
        other: "household_id=H2",
        guards: &[
            ("portfolio_pkey", "household_id=H1"),
            ("portfolio_household_id_fkey", "household_id=none"),
            ("portfolio_cadre_id_fkey", "cadre_id=none"),
        ],
    },
    Table {
        name: "portfolio_past",
        may: "select, insert",
        rows: &["household_id=H1, division_code=@, cadre_id=C1, from_on=2023-01-01, until_on=2024-01-01"],
        other: "from_on=2022-01-01, until_on=2023-01-01",
        guards: &[
            ("portfolio_past_pkey", "from_on=2023-01-01, until_on=2024-01-01"),
            ("portfolio_past_household_id_fkey", "household_id=none"),
            ("portfolio_past_cadre_id_fkey", "cadre_id=none"),
            ("portfolio_past_check", "until_on=2022-01-01"),
        ],
    },
    Table {
        name: "hand_over",
        may: "select, insert, update (state, answered_at)",
        rows: &[
            "id=#1, household_id=H1, division_code=@, from_cadre_id=C1, to_cadre_id=C2, state=1, reason=r, offered_at=2025-01-01",
        ],
        other: "id=#2, state=2, answered_at=2025-01-02",
        guards: &[
            ("hand_over_pkey", "id=#1"),
            ("hand_over_household_id_fkey", "household_id=none"),
            ("hand_over_from_cadre_id_fkey", "from_cadre_id=none"),
            ("hand_over_to_cadre_id_fkey", "to_cadre_id=none"),
            ("hand_over_check", "to_cadre_id=C1"),
            ("hand_over_state_check", "state=4"),
            ("hand_over_check1", "answered_at=NULL"),
            ("hand_over_pending", "state=1, answered_at=NULL"),
        ],
    },
    Table {
        name: "recusal",
        may: "select, insert, update",
        rows: &["household_id=H1, cadre_id=C1, division_code=@, relation=r, valid_from=2024-01-01"],
        other: "cadre_id=C2",
        guards: &[
            ("recusal_pkey", "cadre_id=C1"),
            ("recusal_household_id_fkey", "household_id=none"),
            ("recusal_cadre_id_fkey", "cadre_id=none"),
        ],
    },
    Table {
        name: "plan",
        may: "select, insert",
        rows: &["version=901, division_code=@, effective_on=2024-01-01, section=\\x01, applied_at=2024-01-01"],
        other: "version=902",
        guards: &[("plan_pkey", "version=901"), ("plan_weights", "due_weight=1")],
    },
    Table {
        name: "tariff",
        may: "select, insert, update, delete",
        rows: &["id=#1, plan_version=901, plan_division=@, division_code=@, effective_on=2024-01-01, body={}"],
        other: "id=#2, effective_on=2025-01-01",
        guards: &[
            ("tariff_pkey", "id=#1"),
            ("tariff_plan_version_fkey", "plan_version=999"),
            ("tariff_division_code_effective_on_key", "effective_on=2024-01-01"),
        ],
    },
    Table {
        name: "occupation",
        may: "select, insert, update (superseded_at)",
        rows: &[
            "id=901, household_id=H1, parcel_id=P1, division_code=@, from_on=2024-01-01, over_dm2=10, measured_on=2024-01-01, \
             recorded_at=2024-01-01",
        ],
        other: "id=902, from_on=2025-01-01, measured_on=2025-01-01",
        guards: &[
            ("occupation_pkey", "id=901"),
            ("occupation_household_id_fkey", "household_id=none"),
            ("occupation_parcel_id_fkey", "parcel_id=none"),
            ("occupation_over_dm2_check", "over_dm2=-1"),
            ("occupation_measured", "measured_on=2023-12-31"),
            ("occupation_known", "from_on=2024-01-01"),
        ],
    },
    Table {
        name: "survey",
        may: "select, insert",
        rows: &[
            "id=#1, parcel_id=P1, household_id=H1, division_code=@, surveyed_on=2025-01-01, effective_on=2025-01-01, area_dm2=100, \
             over_dm2=10, surveyor=s, evidence={e}, reason=r, recorded_at=2025-01-01",
        ],
        other: "id=#2",
        guards: &[
            ("survey_pkey", "id=#1"),
            ("survey_parcel_id_fkey", "parcel_id=none"),
            ("survey_household_id_fkey", "household_id=none"),
            ("survey_check", "over_dm2=101"),
            ("survey_evidence_check", "evidence={}"),
        ],
    },
    Table {
        name: "vacating",
        may: "select, insert",
        rows: &[
            "id=#1, parcel_id=P1, household_id=H1, division_code=@, vacated_on=2025-01-01, vacated_dm2=1, over_before_dm2=10, \
             over_dm2=9, reward_fen=0, resolution=r, evidence={e}, recorded_at=2025-01-01",
        ],
        other: "id=#2",
        guards: &[
            ("vacating_pkey", "id=#1"),
            ("vacating_parcel_id_fkey", "parcel_id=none"),
            ("vacating_household_id_fkey", "household_id=none"),
            ("vacating_vacated_dm2_check", "vacated_dm2=0"),
            ("vacating_over_dm2_check", "over_dm2=-1"),
            ("vacating_reward_fen_check", "reward_fen=-1"),
            ("vacating_evidence_check", "evidence={}"),
        ],
    },
];
