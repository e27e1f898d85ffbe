-- What terminals report from the road. `occurred_at` is what the terminal's clock said, `event_at` the same put right.
CREATE TABLE stop_events (
    record_id       uuid PRIMARY KEY,
    device_id       text COLLATE "C" NOT NULL REFERENCES devices,
    event_id        uuid        NOT NULL,
    sequence_number bigint      NOT NULL CHECK (sequence_number >= 1),
    vehicle_id      text COLLATE "C" NOT NULL REFERENCES vehicles,
    division_code   text COLLATE "C" NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('arrived', 'collected', 'missed', 'unloaded', 'broke_down')),
    stop_id         text COLLATE "C",
    facility_id     text COLLATE "C" REFERENCES facilities,
    load_kg         bigint      CHECK (load_kg >= 0),
    bin_count       integer     CHECK (bin_count >= 0),
    missed_reason   text        NOT NULL,
    note            text        NOT NULL,
    occurred_at     timestamptz NOT NULL,
    event_at        timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    clock_ahead_s   bigint      NOT NULL,
    UNIQUE (device_id, event_id),
    UNIQUE (device_id, sequence_number),
    CHECK ((stop_id IS NOT NULL) = (kind IN ('arrived', 'collected', 'missed')))
);
CREATE INDEX stop_events_stop ON stop_events (stop_id) WHERE stop_id IS NOT NULL;
CREATE INDEX stop_events_newest ON stop_events (division_code, record_id DESC);
SELECT kit.protect('stop_events');
GRANT SELECT, INSERT ON stop_events TO xiangtu_service;

-- Points that published plans owe on a day, and what became of them, worked out from the events. The id is `{date}/{point}`.
CREATE TABLE stops (
    stop_id       text COLLATE "C" PRIMARY KEY,
    date          date        NOT NULL,
    point_id      text COLLATE "C" NOT NULL REFERENCES collection_points,
    division_code text COLLATE "C" NOT NULL,
    route_plan_id uuid        NOT NULL REFERENCES route_plans,
    vehicle_id    text COLLATE "C" NOT NULL REFERENCES vehicles,
    trip_number   integer     NOT NULL,
    stop_number   integer     NOT NULL,
    -- The stop to which its waste is brought; its state is that one's.
    served_at     text COLLATE "C",
    due_at        timestamptz NOT NULL,
    planned_at    timestamptz NOT NULL,
    planned_kg    bigint      NOT NULL,
    state         text        NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'arrived', 'collected', 'missed')),
    arrived_at    timestamptz,
    arrived_by    text        NOT NULL DEFAULT '' CHECK (arrived_by IN ('', 'driver', 'fence')),
    -- When positions first show a vehicle there.
    fence_at      timestamptz,
    done_at       timestamptz,
    collected_kg  bigint,
    bin_count     integer,
    missed_reason text        NOT NULL DEFAULT '',
    late          boolean     NOT NULL DEFAULT false,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX stops_division ON stops (division_code, stop_id);
CREATE INDEX stops_vehicle ON stops (date, vehicle_id, planned_at);
CREATE INDEX stops_relayed ON stops (served_at) WHERE served_at IS NOT NULL;
SELECT kit.protect('stops');
GRANT SELECT, INSERT, UPDATE, DELETE ON stops TO xiangtu_service;

-- A missed collection is withdrawn when the point is emptied after all, and may then be missed again.
ALTER TABLE missed_collections ADD withdrawn_at timestamptz, DROP CONSTRAINT missed_collections_point_id_date_key;
CREATE UNIQUE INDEX missed_collections_standing ON missed_collections (point_id, date) WHERE withdrawn_at IS NULL;
GRANT UPDATE (withdrawn_at) ON missed_collections TO xiangtu_service;
