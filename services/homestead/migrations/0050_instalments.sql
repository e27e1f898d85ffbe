-- Agreements to pay in instalments, and the due dates that bills have by them.

CREATE TABLE instalment_plan (
    id            uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    household_id  text COLLATE "C" NOT NULL REFERENCES portfolio,
    agreed_on     date NOT NULL,
    -- Owed on the bills when it was agreed; the instalments add up to it.
    agreed_fen    bigint NOT NULL CHECK (agreed_fen > 0),
    grace_days    smallint NOT NULL CHECK (grace_days BETWEEN 0 AND 90),
    document      text NOT NULL,
    bills         uuid[] NOT NULL CHECK (cardinality(bills) > 0),
    -- INSTALMENT_PLAN_STATE: 1 active, 2 fulfilled, 3 defaulted, 4 cancelled.
    state         smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
    ended_on      date,
    reason        text NOT NULL DEFAULT '',
    recorded_by   text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    CHECK ((state = 1) = (ended_on IS NULL))
);
-- One active agreement a household.
CREATE UNIQUE INDEX instalment_plan_active ON instalment_plan (household_id) WHERE state = 1;
CREATE INDEX instalment_plan_open ON instalment_plan (division_code) WHERE state IN (1, 2);
CREATE INDEX instalment_plan_division ON instalment_plan (division_code, id);
SELECT kit.protect('instalment_plan');
GRANT SELECT, INSERT, UPDATE (state, ended_on, reason) ON instalment_plan TO xiangtu_service;

CREATE TABLE instalment (
    plan_id       uuid NOT NULL REFERENCES instalment_plan,
    number        smallint NOT NULL CHECK (number BETWEEN 1 AND 60),
    division_code text COLLATE "C" NOT NULL,
    due_on        date NOT NULL,
    amount_fen    bigint NOT NULL CHECK (amount_fen > 0),
    PRIMARY KEY (plan_id, number)
);
SELECT kit.protect('instalment');
GRANT SELECT, INSERT ON instalment TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON instalment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Which due date a bill had instead of its own, from `from_on` until before `until_on`.
CREATE TABLE deferral (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bill_id         uuid NOT NULL REFERENCES bill,
    plan_id         uuid NOT NULL REFERENCES instalment_plan,
    division_code   text COLLATE "C" NOT NULL,
    original_due_on date NOT NULL,
    from_on         date NOT NULL,
    -- Unset while it holds; the first day itself where it held less than a day.
    until_on        date CHECK (from_on <= until_on),
    due_on          date NOT NULL
);
CREATE UNIQUE INDEX deferral_holding ON deferral (bill_id) WHERE until_on IS NULL;
CREATE INDEX deferral_bill ON deferral (bill_id, from_on);
SELECT kit.protect('deferral');
GRANT SELECT, INSERT, UPDATE (until_on) ON deferral TO xiangtu_service;

-- Set while another due date holds; what limitation goes by.
ALTER TABLE bill ADD COLUMN original_due_on date;

-- Gives bills the due date of the deferral that holds, or their own where none does.
CREATE FUNCTION follow_deferrals(p_bill uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE bill b SET due_on = coalesce(d.due_on, b.original_due_on, b.due_on), original_due_on = d.original_due_on
    FROM unnest(p_bill) AS x (id) LEFT JOIN deferral d ON d.bill_id = x.id AND d.until_on IS NULL
    WHERE b.id = x.id AND b.division_code ^@ current_setting('xiangtu.scope')
$$;
REVOKE EXECUTE ON FUNCTION follow_deferrals FROM PUBLIC;
GRANT EXECUTE ON FUNCTION follow_deferrals TO xiangtu_service;
