-- Figures of other services are kept under their origin, whatever plans call them. A doubted figure says why; one that is held
-- does not count. A natural village may be let out of the count of its village. `checklist` is as the contract states it.
ALTER TABLE measurements
    DROP CONSTRAINT measurements_indicator_check,
    ADD CONSTRAINT measurements_indicator_check
        CHECK (indicator ~ '^[a-z][a-z0-9_]{0,63}$' OR (source = 'SYSTEM' AND indicator ~ '^[a-z]+\.[a-z_]{1,50}$')),
    ADD COLUMN unit_deducted boolean NOT NULL DEFAULT false,
    ADD COLUMN checklist     bytea   NOT NULL DEFAULT '',
    ADD COLUMN flags         text[]  NOT NULL DEFAULT '{}',
    ADD COLUMN held          boolean NOT NULL DEFAULT false,
    ADD CHECK (NOT held OR flags <> '{}'),
    ADD CHECK (NOT unit_deducted OR (length(division_code) = 15 AND numerator = 0 AND denominator IS NULL));
CREATE INDEX measurements_recorded ON measurements (division_code, recorded_at);
