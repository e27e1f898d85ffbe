-- Driven trips and the chain of custody of their loads. Nothing here is changed or deleted, save how often a trip was sent.

CREATE TABLE trips (
    trip_id       text COLLATE "C" PRIMARY KEY,
    kind          text        NOT NULL CHECK (kind IN ('collection', 'haul')),
    division_code text COLLATE "C" NOT NULL,
    date          date        NOT NULL,
    vehicle_id    text COLLATE "C" NOT NULL REFERENCES vehicles,
    station_id    text COLLATE "C" NOT NULL REFERENCES facilities,
    plant_id      text COLLATE "C" REFERENCES facilities,
    departed_at   timestamptz NOT NULL,
    arrived_at    timestamptz NOT NULL,
    seal_number   text        NOT NULL,
    sent_count    integer     NOT NULL DEFAULT 1 CHECK (sent_count >= 1),
    recorded_at   timestamptz NOT NULL,
    CHECK ((kind = 'haul') = (plant_id IS NOT NULL))
);
CREATE INDEX trips_day ON trips (date, division_code);
CREATE INDEX trips_division ON trips (division_code, trip_id);
SELECT kit.protect('trips');
GRANT SELECT, INSERT, UPDATE (sent_count) ON trips TO xiangtu_service;

-- `source_key` tells repeats: one record of each kind for a trip, one for each stop of a collection.
CREATE TABLE hand_overs (
    trip_id         text COLLATE "C" NOT NULL REFERENCES trips,
    position        integer     NOT NULL CHECK (position >= 1),
    source_key      text        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('collected', 'received', 'dispatched', 'delivered', 'returned')),
    division_code   text COLLATE "C" NOT NULL,
    giver           text        NOT NULL,
    taker           text        NOT NULL,
    at              timestamptz NOT NULL,
    gross_kg        bigint      CHECK (gross_kg >= 0),
    tare_kg         bigint      CHECK (tare_kg >= 0),
    net_kg          bigint      CHECK (net_kg >= 0),
    bin_count       integer     CHECK (bin_count >= 0),
    device          text        NOT NULL DEFAULT '',
    giver_signer    text        NOT NULL DEFAULT '',
    giver_value     bytea       NOT NULL DEFAULT '',
    taker_signer    text        NOT NULL DEFAULT '',
    taker_value     bytea       NOT NULL DEFAULT '',
    digest          bytea       NOT NULL,
    previous_digest bytea       NOT NULL,
    recorded_at     timestamptz NOT NULL,
    PRIMARY KEY (trip_id, position),
    UNIQUE (trip_id, source_key)
);
SELECT kit.protect('hand_overs');
GRANT SELECT, INSERT ON hand_overs TO xiangtu_service;

-- SHA-256 over the digest before and the canonical JSON of everything that the record states.
CREATE FUNCTION hand_over_digest(
    previous bytea, trip_id text, "position" integer, kind text, giver text, taker text, at timestamptz,
    gross_kg bigint, tare_kg bigint, net_kg bigint, bin_count integer, device text,
    giver_signer text, giver_value bytea, taker_signer text, taker_value bytea
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        trip_id, "position", kind, giver, taker, (extract(epoch FROM at) * 1000000)::bigint,
        gross_kg, tare_kg, net_kg, bin_count, device,
        giver_signer, encode(giver_value, 'hex'), taker_signer, encode(taker_value, 'hex'))::text, 'UTF8'))
$$;
