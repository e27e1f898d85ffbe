-- Payments that were announced and wait for their money.

CREATE TABLE pending_payment (
    -- Also the id of the payment that it becomes; of UUID version 8, by which the guard below knows it.
    id            uuid PRIMARY KEY CHECK (get_byte(uuid_send(id), 6) >> 4 = 8),
    division_code text COLLATE "C" NOT NULL,
    household_id  text COLLATE "C" NOT NULL REFERENCES household,
    bill_id       uuid REFERENCES bill,
    amount_fen    bigint NOT NULL CHECK (amount_fen > 0),
    -- PAYMENT_METHOD: 2 bank, 3 mobile.
    method        smallint NOT NULL CHECK (method BETWEEN 2 AND 3),
    document      text NOT NULL,
    expires_on    date NOT NULL,
    -- PENDING_PAYMENT_STATE: 1 pending, 2 confirmed, 3 voided, 4 expired.
    state         smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
    reason        text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    settled_at    timestamptz,
    CHECK ((state = 1) = (settled_at IS NULL))
);
CREATE UNIQUE INDEX pending_payment_document ON pending_payment (household_id, document) WHERE state = 1;
CREATE UNIQUE INDEX pending_payment_bill ON pending_payment (bill_id) WHERE state = 1 AND bill_id IS NOT NULL;
CREATE INDEX pending_payment_division ON pending_payment (division_code, created_at, id);
CREATE INDEX pending_payment_expiry ON pending_payment (expires_on) WHERE state = 1;
SELECT kit.protect('pending_payment');
GRANT SELECT, INSERT, UPDATE (state, reason, settled_at) ON pending_payment TO xiangtu_service;

-- What was given up never posts, not even by a call that was sent before: whoever gives it up holds the book of the village,
-- and so does whoever posts. Payments of other callers do not pay for this: the version of the id is seen without a look-up.
CREATE FUNCTION refuse_given_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM pending_payment p WHERE p.id = NEW.id AND p.state IN (3, 4);
    IF FOUND THEN
        RAISE EXCEPTION 'pending payment % was given up', NEW.id USING ERRCODE = '23503', CONSTRAINT = 'pending_payment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER given_up BEFORE INSERT ON journal_entry FOR EACH ROW
    WHEN (NEW.kind = 2 AND get_byte(uuid_send(NEW.id), 6) >> 4 = 8) EXECUTE FUNCTION refuse_given_up();
