-- Figures of villages by period as last told to the other services.
CREATE TABLE quality_facts (
    division_code text COLLATE "C" NOT NULL,
    period        text        NOT NULL CHECK (period IN ('day', 'week', 'month')),
    from_date     date        NOT NULL,
    to_date       date        NOT NULL,
    figures       jsonb       NOT NULL,
    assessed_at   timestamptz NOT NULL,
    PRIMARY KEY (division_code, period, from_date)
);
SELECT kit.protect('quality_facts');
GRANT SELECT, INSERT, UPDATE ON quality_facts TO xiangtu_service;
CREATE INDEX stops_point ON stops (point_id, date);
