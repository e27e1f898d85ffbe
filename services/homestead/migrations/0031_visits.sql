-- Visits to debtors, and mediations with them. Never changed.

CREATE TABLE visit (
    id            uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    household_id  text COLLATE "C" NOT NULL REFERENCES household,
    cadre_id      text COLLATE "C" NOT NULL REFERENCES cadre,
    visited_at    timestamptz NOT NULL,
    -- VISIT_OUTCOME.
    outcome       smallint NOT NULL CHECK (outcome BETWEEN 1 AND 7),
    promise_on    date,
    promise_fen   bigint CHECK (promise_fen > 0),
    text          text NOT NULL,
    recorded_by   text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    CHECK ((outcome = 1) = (promise_on IS NOT NULL AND promise_fen IS NOT NULL))
);
CREATE INDEX visit_household ON visit (household_id, visited_at);
CREATE INDEX visit_division ON visit (division_code, id);
SELECT kit.protect('visit');
GRANT SELECT, INSERT ON visit TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON visit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE mediation (
    id            uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    household_id  text COLLATE "C" NOT NULL REFERENCES household,
    held_on       date NOT NULL,
    mediator      text NOT NULL,
    parties       text[] NOT NULL CHECK (cardinality(parties) > 0),
    -- MEDIATION_OUTCOME.
    outcome       smallint NOT NULL CHECK (outcome BETWEEN 1 AND 3),
    agreed_fen    bigint CHECK (agreed_fen > 0),
    last_on       date,
    bills         uuid[] NOT NULL,
    text          text NOT NULL,
    recorded_by   text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    CHECK ((outcome = 1) = (agreed_fen IS NOT NULL AND last_on IS NOT NULL))
);
CREATE INDEX mediation_division ON mediation (division_code, id);
SELECT kit.protect('mediation');
GRANT SELECT, INSERT ON mediation TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mediation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
