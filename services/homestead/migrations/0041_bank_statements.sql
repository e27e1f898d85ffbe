-- What banks say of the villages' accounts. A line is known by village and reference; its id follows from both.

CREATE TABLE statement_line (
    id                 uuid PRIMARY KEY,
    division_code      text COLLATE "C" NOT NULL,
    bank_reference     text COLLATE "C" NOT NULL,
    booked_on          date NOT NULL,
    amount_fen         bigint NOT NULL CHECK (amount_fen <> 0),
    -- Sealed by the service; the index finds equal names of heads of households.
    payer_name         bytea,
    payer_name_index   bytea,
    payer_account_tail text NOT NULL,
    remark             bytea,
    -- Keyed digest of everything the bank said, so that a repeated file is known as such.
    content            bytea NOT NULL,
    -- BANK_STATEMENT_LINE_STATE: 1 open, 2 proposed, 3 matched, 4 posted, 5 ignored.
    state              smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 5),
    entry_id           uuid,
    household_id       text COLLATE "C",
    reason             text NOT NULL DEFAULT 'NO_MATCH',
    resolver           text NOT NULL DEFAULT '',
    -- A payment that was this line has been undone: no rule posts it again.
    undone             boolean NOT NULL DEFAULT false,
    created_at         timestamptz NOT NULL,
    resolved_at        timestamptz,
    UNIQUE (division_code, bank_reference),
    CHECK (state NOT IN (3, 4) OR entry_id IS NOT NULL),
    CHECK ((state IN (1, 2)) = (resolved_at IS NULL)),
    CHECK (state = 2 OR household_id IS NULL)
);
-- No entry is two lines.
CREATE UNIQUE INDEX statement_line_entry ON statement_line (entry_id) WHERE state IN (3, 4);
CREATE INDEX statement_line_division ON statement_line (division_code, booked_on, id);
CREATE INDEX statement_line_open ON statement_line (division_code, booked_on) WHERE state IN (1, 2);
SELECT kit.protect('statement_line');
GRANT SELECT, INSERT, UPDATE (state, entry_id, household_id, reason, resolver, undone, resolved_at) ON statement_line TO xiangtu_service;
