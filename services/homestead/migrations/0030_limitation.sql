-- What provably reached debtors, and what starts the limitation of their bills anew.

-- Never changed. Part payments that stand in the journal need no row here.
CREATE TABLE limitation_event (
    id            uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    household_id  text COLLATE "C" NOT NULL REFERENCES portfolio,
    -- Unset: every bill of the household that was due before the day.
    bill_id       uuid REFERENCES bill,
    -- 1 notice served, 2 part payment, 3 agreement.
    kind          smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
    effective_on  date NOT NULL,
    -- Resource name of what proves it.
    proof         text NOT NULL CHECK (proof <> ''),
    recorded_by   text NOT NULL,
    recorded_at   timestamptz NOT NULL
);
CREATE INDEX limitation_event_household ON limitation_event (household_id, bill_id);
SELECT kit.protect('limitation_event');
GRANT SELECT, INSERT ON limitation_event TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON limitation_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE served_notice (
    id             uuid PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    household_id   text COLLATE "C" NOT NULL REFERENCES portfolio,
    notice_id      uuid NOT NULL UNIQUE REFERENCES dunning_notice,
    -- NOTICE_SERVICE_METHOD.
    service_method smallint NOT NULL CHECK (service_method BETWEEN 1 AND 4),
    served_at      timestamptz NOT NULL,
    proof          text NOT NULL CHECK (proof <> ''),
    delivery_event uuid,
    bills          uuid[] NOT NULL,
    recorded_by    text NOT NULL,
    recorded_at    timestamptz NOT NULL
);
CREATE INDEX served_notice_division ON served_notice (division_code, id);
SELECT kit.protect('served_notice');
GRANT SELECT, INSERT ON served_notice TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON served_notice FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
