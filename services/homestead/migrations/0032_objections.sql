-- Objections of households, and how they were decided.

CREATE TABLE objection (
    id                uuid PRIMARY KEY,
    division_code     text COLLATE "C" NOT NULL,
    household_id      text COLLATE "C" NOT NULL REFERENCES household,
    -- OBJECTION_GROUND: 1 area, 2 amount, 3 identity, 4 other.
    ground            smallint NOT NULL CHECK (ground BETWEEN 1 AND 4),
    parcel_id         text COLLATE "C" REFERENCES parcel,
    bill_id           uuid REFERENCES bill,
    text              text NOT NULL,
    filed_on          date NOT NULL,
    filed_by          text NOT NULL,
    filed_at          timestamptz NOT NULL,
    -- OBJECTION_STATE: 1 open, 2 upheld, 3 rejected, 4 withdrawn.
    state             smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),
    decided_on        date CHECK (filed_on <= decided_on),
    reason            text,
    decided_by        text CHECK (decided_by <> filed_by),
    decided_at        timestamptz,
    resurvey_required boolean NOT NULL GENERATED ALWAYS AS (ground = 1 AND state = 2) STORED,
    CHECK ((ground = 1) = (parcel_id IS NOT NULL)),
    CHECK ((ground = 2) = (bill_id IS NOT NULL)),
    CHECK ((state = 1) = (decided_on IS NULL)),
    CHECK ((state = 1) = (reason IS NULL)),
    CHECK ((state = 1) = (decided_by IS NULL)),
    CHECK ((state = 1) = (decided_at IS NULL))
);
-- One open objection about the same.
CREATE UNIQUE INDEX objection_open ON objection (household_id, ground, coalesce(parcel_id, ''), coalesce(bill_id::text, '')) WHERE state = 1;
CREATE INDEX objection_parcel ON objection (parcel_id) WHERE state = 1;
CREATE INDEX objection_division ON objection (division_code, id);
SELECT kit.protect('objection');
GRANT SELECT, INSERT, UPDATE (state, decided_on, reason, decided_by, decided_at) ON objection TO xiangtu_service;
