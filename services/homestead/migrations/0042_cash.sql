-- Cash in the hands of cadres, and days that were counted.

-- Receipts of a hand in the order in which they leave it again, and what has left it; neither is touched by other payments.
CREATE INDEX journal_entry_cash ON journal_entry (division_code, collector, effective_on, entry_number)
    INCLUDE (id, amount_fen) WHERE kind = 2 AND method = 1;
CREATE INDEX transfer_cash_out ON transfer (division_code, credit_holder) WHERE credit = 4;

-- On which days `cash.overdue` was stated.
CREATE TABLE cash_overdue_stated (
    division_code text COLLATE "C" NOT NULL,
    cadre_id      text COLLATE "C" NOT NULL,
    stated_on     date NOT NULL,
    PRIMARY KEY (division_code, cadre_id, stated_on)
);
SELECT kit.protect('cash_overdue_stated');
GRANT SELECT, INSERT ON cash_overdue_stated TO xiangtu_service;

CREATE TABLE day_close (
    id                uuid PRIMARY KEY,
    division_code     text COLLATE "C" NOT NULL,
    closed_on         date NOT NULL,
    -- Of the entries after those of the close before.
    first_receipt     bigint NOT NULL,
    last_receipt      bigint NOT NULL,
    receipts          bigint NOT NULL,
    cash_fen          bigint NOT NULL,
    bank_fen          bigint NOT NULL,
    mobile_fen        bigint NOT NULL,
    reversals         bigint NOT NULL,
    reversed_fen      bigint NOT NULL,
    remitted_fen      bigint NOT NULL,
    last_entry_number bigint NOT NULL,
    booked_cash_fen   bigint NOT NULL,
    counted_cash_fen  bigint NOT NULL CHECK (counted_cash_fen >= 0),
    difference_fen    bigint NOT NULL GENERATED ALWAYS AS (counted_cash_fen - booked_cash_fen) STORED,
    reason            text NOT NULL,
    closer            text NOT NULL,
    closed_at         timestamptz NOT NULL,
    UNIQUE (division_code, closed_on),
    CHECK (counted_cash_fen = booked_cash_fen OR reason <> '')
);
SELECT kit.protect('day_close');
GRANT SELECT, INSERT ON day_close TO xiangtu_service;
