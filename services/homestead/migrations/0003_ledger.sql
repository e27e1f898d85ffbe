-- The ledger: one book a village, double entry, append-only.
--
-- A transfer moves an amount from one account to another, so every entry balances by the shape of the table; `posting` shows
-- both sides. An account is a kind within a village and, for some kinds, a holder (a household or a cadre).
--
-- Whoever writes in a village's ledger first locks the row of its book. So everything in one village happens in one order:
-- numbers have no gaps, a payment sees every payment before it, and nothing needs a lock on bills or advances.
--
-- The service's role may only read these tables; it writes through the functions of the next migrations.

CREATE TABLE book (
    division_code text COLLATE "C" PRIMARY KEY,
    entries       bigint NOT NULL DEFAULT 0,
    receipts      bigint NOT NULL DEFAULT 0,
    -- Balances of the accounts of the whole village; income is minus what was billed.
    billed_fen    bigint NOT NULL DEFAULT 0,
    relieved_fen  bigint NOT NULL DEFAULT 0,
    settled_fen   bigint NOT NULL DEFAULT 0,
    advance_fen   bigint NOT NULL DEFAULT 0 CHECK (advance_fen >= 0),
    cash_fen      bigint NOT NULL DEFAULT 0,
    bank_fen      bigint NOT NULL DEFAULT 0,
    CHECK (billed_fen - relieved_fen - settled_fen >= 0),
    CHECK (settled_fen + advance_fen = cash_fen + bank_fen)
) WITH (fillfactor = 50);
SELECT kit.protect('book');
GRANT SELECT, INSERT (division_code) ON book TO xiangtu_service;

CREATE TABLE bill (
    id              uuid PRIMARY KEY,
    division_code   text COLLATE "C" NOT NULL,
    household_id    text COLLATE "C" NOT NULL REFERENCES portfolio,
    run_id          uuid NOT NULL,
    tariff_id       uuid NOT NULL,
    from_on         date NOT NULL,
    until_on        date NOT NULL CHECK (from_on < until_on),
    issued_on       date NOT NULL,
    due_on          date NOT NULL,
    over_dm2        bigint NOT NULL CHECK (over_dm2 > 0),
    relief_class    smallint,
    gross_fen       bigint NOT NULL CHECK (gross_fen > 0),
    relief_fen      bigint NOT NULL CHECK (relief_fen BETWEEN 0 AND gross_fen),
    paid_fen        bigint NOT NULL CHECK (paid_fen >= 0),
    outstanding_fen bigint NOT NULL GENERATED ALWAYS AS (gross_fen - relief_fen - paid_fen) STORED CHECK (outstanding_fen >= 0),
    created_at      timestamptz NOT NULL,
    UNIQUE (household_id, from_on)
) WITH (fillfactor = 80);
-- What ageing reads, and nothing else of the table.
CREATE INDEX bill_open ON bill (division_code, due_on) INCLUDE (household_id, outstanding_fen) WHERE outstanding_fen > 0;
CREATE INDEX bill_run ON bill (run_id);
SELECT kit.protect('bill');
GRANT SELECT ON bill TO xiangtu_service;

-- What a household has paid ahead.
CREATE TABLE advance (
    household_id  text COLLATE "C" PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    amount_fen    bigint NOT NULL CHECK (amount_fen >= 0)
);
SELECT kit.protect('advance');
GRANT SELECT ON advance TO xiangtu_service;

CREATE TABLE journal_entry (
    -- The request id of a payment or reversal, so that no id can post twice, ever; the bill's id of a bill.
    id             uuid PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    entry_number   bigint NOT NULL,
    -- ENTRY_KIND: 1 bill, 2 payment, 3 reversal.
    kind           smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
    household_id   text COLLATE "C" NOT NULL,
    effective_on   date NOT NULL,
    posted_at      timestamptz NOT NULL,
    principal      text NOT NULL,
    -- Digest of the request body; a repeat must have the same.
    request_sha256 bytea,
    amount_fen     bigint NOT NULL CHECK (amount_fen > 0),
    -- Part of a payment that became an advance.
    advance_fen    bigint NOT NULL DEFAULT 0 CHECK (advance_fen BETWEEN 0 AND amount_fen),
    receipt_number bigint,
    -- PAYMENT_METHOD: 1 cash, 2 bank, 3 mobile.
    method         smallint CHECK (method BETWEEN 1 AND 3),
    collector      text COLLATE "C" NOT NULL DEFAULT '',
    document       text NOT NULL DEFAULT '',
    -- The bill that the payer named.
    named_bill     uuid,
    reverses       uuid,
    CHECK ((kind = 2) = (receipt_number IS NOT NULL AND method IS NOT NULL)),
    CHECK ((kind = 3) = (reverses IS NOT NULL)),
    CHECK ((kind = 1) = (request_sha256 IS NULL))
);
CREATE UNIQUE INDEX journal_entry_number ON journal_entry (division_code, entry_number);
CREATE UNIQUE INDEX journal_entry_receipt ON journal_entry (division_code, receipt_number) WHERE receipt_number IS NOT NULL;
CREATE UNIQUE INDEX journal_entry_reverses ON journal_entry (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX journal_entry_household ON journal_entry (household_id);
SELECT kit.protect('journal_entry');
GRANT SELECT ON journal_entry TO xiangtu_service;

CREATE TABLE transfer (
    entry_id      uuid NOT NULL,
    line          smallint NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    -- ACCOUNT_KIND: 1 receivable, 2 income, 3 relief, 4 cash, 5 bank, 6 advance.
    debit         smallint NOT NULL CHECK (debit BETWEEN 1 AND 6),
    debit_holder  text COLLATE "C" NOT NULL,
    credit        smallint NOT NULL CHECK (credit BETWEEN 1 AND 6),
    credit_holder text COLLATE "C" NOT NULL,
    amount_fen    bigint NOT NULL CHECK (amount_fen > 0),
    bill_id       uuid,
    PRIMARY KEY (entry_id, line),
    CHECK (debit <> credit)
);
SELECT kit.protect('transfer');
GRANT SELECT ON transfer TO xiangtu_service;

-- Both sides of every transfer: debits positive, credits negative.
CREATE VIEW posting WITH (security_invoker = true) AS
    SELECT entry_id, 2 * line - 1 AS line, division_code, debit AS account, debit_holder AS holder, amount_fen, bill_id FROM transfer
    UNION ALL
    SELECT entry_id, 2 * line, division_code, credit, credit_holder, -amount_fen, bill_id FROM transfer;
GRANT SELECT ON posting TO xiangtu_service;

-- Not even the owner changes what is written.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
