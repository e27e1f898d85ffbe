-- What each terminal has sent last: its newest position, the last one kept for the track, and which places it is near. Positions up to
-- `sequence_number` are acknowledged.
CREATE TABLE device_positions (
    device_id       text COLLATE "C" PRIMARY KEY REFERENCES devices,
    vehicle_id      text COLLATE "C" NOT NULL REFERENCES vehicles,
    division_code   text COLLATE "C" NOT NULL,
    sequence_number bigint           NOT NULL,
    at              timestamptz      NOT NULL,
    lng             double precision NOT NULL,
    lat             double precision NOT NULL,
    speed_kmh       integer,
    kept_at         timestamptz      NOT NULL,
    kept_lng        double precision NOT NULL,
    kept_lat        double precision NOT NULL,
    watch           jsonb            NOT NULL,
    received_at     timestamptz      NOT NULL
);
CREATE INDEX device_positions_vehicle ON device_positions (vehicle_id, at DESC);
SELECT kit.protect('device_positions');
GRANT SELECT, INSERT, UPDATE ON device_positions TO xiangtu_service;

-- Thinned tracks. Each vehicle clears its own old days when it begins a new one.
CREATE TABLE track_positions (
    vehicle_id    text COLLATE "C" NOT NULL REFERENCES vehicles,
    at            timestamptz      NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    lng           double precision NOT NULL,
    lat           double precision NOT NULL,
    speed_kmh     integer,
    PRIMARY KEY (vehicle_id, at)
);
SELECT kit.protect('track_positions');
GRANT SELECT, INSERT, DELETE ON track_positions TO xiangtu_service;

CREATE TABLE vehicle_visits (
    visit_id      uuid PRIMARY KEY,
    vehicle_id    text COLLATE "C" NOT NULL REFERENCES vehicles,
    division_code text COLLATE "C" NOT NULL,
    place         text COLLATE "C" NOT NULL,
    date          date        NOT NULL,
    arrived_at    timestamptz NOT NULL,
    left_at       timestamptz,
    CHECK (left_at >= arrived_at)
);
CREATE INDEX vehicle_visits_newest ON vehicle_visits (division_code, visit_id DESC);
CREATE INDEX vehicle_visits_open ON vehicle_visits (vehicle_id, place) WHERE left_at IS NULL;
SELECT kit.protect('vehicle_visits');
GRANT SELECT, INSERT, UPDATE (left_at), DELETE ON vehicle_visits TO xiangtu_service;
