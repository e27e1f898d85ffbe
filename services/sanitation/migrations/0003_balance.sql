-- Anomalies as recorded when their day was closed. `anomaly_key` tells repeats.
CREATE TABLE anomalies (
    anomaly_id    uuid PRIMARY KEY,
    anomaly_key   text COLLATE "C" NOT NULL UNIQUE,
    fault         text        NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    date          date        NOT NULL,
    trip_id       text COLLATE "C" REFERENCES trips,
    starts_at     text COLLATE "C" NOT NULL,
    ends_at       text COLLATE "C" NOT NULL,
    expected_kg   bigint,
    found_kg      bigint,
    tolerance_kg  bigint,
    text_en       text        NOT NULL,
    text_zh       text        NOT NULL,
    recorded_at   timestamptz NOT NULL
);
CREATE INDEX anomalies_newest ON anomalies (division_code, anomaly_id DESC);
SELECT kit.protect('anomalies');
GRANT SELECT, INSERT ON anomalies TO xiangtu_service;

-- Days that are closed for a division and all below it. Not under the row policy: a township asks for its county's row too.
CREATE TABLE closed_days (
    division_code text COLLATE "C" NOT NULL,
    date          date        NOT NULL,
    closed_at     timestamptz NOT NULL,
    PRIMARY KEY (division_code, date)
);
GRANT SELECT, INSERT ON closed_days TO xiangtu_service;
