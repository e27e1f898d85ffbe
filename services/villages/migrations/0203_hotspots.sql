-- Hotspots as they were raised: where, when, who was on duty. `duty` is what the contract states of it. Positions are in 1e-7
-- degrees. Never changed: what follows stands in sightings and entries.
CREATE TABLE hotspots (
    hotspot_id      uuid        PRIMARY KEY,
    division_code   text COLLATE "C" NOT NULL,
    county_code     text COLLATE "C" NOT NULL,
    grid_code       text COLLATE "C" NOT NULL,
    large_grid_code text COLLATE "C" NOT NULL,
    cadre_id        text COLLATE "C" NOT NULL,
    cadre_name      text        NOT NULL,
    location_rule   text        NOT NULL,
    duty            bytea       NOT NULL,
    longitude       integer     NOT NULL,
    latitude        integer     NOT NULL,
    observed_at     timestamptz NOT NULL,
    source          text        NOT NULL,
    external_id     text        NOT NULL,
    fixed_source_id uuid,
    raised_at       timestamptz NOT NULL
);
CREATE INDEX hotspots_list ON hotspots (raised_at DESC, hotspot_id DESC);
CREATE INDEX hotspots_county ON hotspots (county_code, observed_at, hotspot_id);
CREATE INDEX hotspots_division ON hotspots (division_code, observed_at);
SELECT kit.protect('hotspots');
GRANT SELECT, INSERT ON hotspots TO xiangtu_service;

-- Every time that a hotspot was seen; one number of a source is one sighting in a county.
CREATE TABLE hotspot_sightings (
    sighting_id   uuid        PRIMARY KEY,
    hotspot_id    uuid        NOT NULL REFERENCES hotspots,
    division_code text COLLATE "C" NOT NULL,
    county_code   text COLLATE "C" NOT NULL,
    source        text        NOT NULL,
    external_id   text        NOT NULL,
    longitude     integer     NOT NULL,
    latitude      integer     NOT NULL,
    observed_at   timestamptz NOT NULL,
    note          text        NOT NULL,
    reporter      text        NOT NULL,
    recorded_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX hotspot_sightings_external ON hotspot_sightings (county_code, source, external_id) WHERE external_id <> '';
CREATE INDEX hotspot_sightings_hotspot ON hotspot_sightings (hotspot_id, sighting_id);
CREATE INDEX hotspot_sightings_time ON hotspot_sightings (county_code, observed_at);
SELECT kit.protect('hotspot_sightings');
GRANT SELECT, INSERT ON hotspot_sightings TO xiangtu_service;

-- What was done about a hotspot, in order; `state` is where it stands after it. Never changed: a correction is an entry of its
-- own. `content` is the entry as the contract states it.
CREATE TABLE hotspot_entries (
    hotspot_id    uuid        NOT NULL REFERENCES hotspots,
    number        integer     NOT NULL CHECK (number >= 1),
    division_code text COLLATE "C" NOT NULL,
    state         text        NOT NULL,
    content       bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (hotspot_id, number)
);
SELECT kit.protect('hotspot_entries');
GRANT SELECT, INSERT ON hotspot_entries TO xiangtu_service;

-- Hotspots with the state that their last entry left them in.
CREATE VIEW hotspot_standing WITH (security_invoker = true) AS
    SELECT h.*, coalesce(last.state, 'RAISED') AS state
    FROM hotspots h LEFT JOIN LATERAL (
        SELECT e.state FROM hotspot_entries e WHERE e.hotspot_id = h.hotspot_id ORDER BY e.number DESC LIMIT 1) last ON true;
GRANT SELECT ON hotspot_standing TO xiangtu_service;

-- Fixed sources of heat. Only their end is ever changed.
CREATE TABLE fixed_sources (
    fixed_source_id uuid        PRIMARY KEY,
    division_code   text COLLATE "C" NOT NULL,
    county_code     text COLLATE "C" NOT NULL,
    hotspot_id      uuid        NOT NULL REFERENCES hotspots,
    display_name    text        NOT NULL,
    longitude       integer     NOT NULL,
    latitude        integer     NOT NULL,
    radius_m        integer     NOT NULL CHECK (radius_m BETWEEN 10 AND 5000),
    valid_from      date        NOT NULL,
    valid_until     date        CHECK (valid_until >= valid_from),
    recorded_by     text        NOT NULL,
    recorded_at     timestamptz NOT NULL
);
CREATE INDEX fixed_sources_place ON fixed_sources (county_code, longitude);
SELECT kit.protect('fixed_sources');
GRANT SELECT, INSERT, UPDATE (valid_until) ON fixed_sources TO xiangtu_service;
ALTER TABLE hotspots ADD FOREIGN KEY (fixed_source_id) REFERENCES fixed_sources;
CREATE INDEX hotspots_fixed_source ON hotspots (fixed_source_id) WHERE fixed_source_id IS NOT NULL;

-- Those of the given hotspots that are the first of their county and calendar year to count, by time seen. The others of the
-- county are looked at whether the caller sees them or not.
CREATE FUNCTION first_fires(ids uuid[]) RETURNS TABLE (hotspot_id uuid)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        SELECT h.hotspot_id FROM hotspot_standing h
        WHERE h.hotspot_id = ANY(ids) AND h.state = 'BURNING' AND NOT EXISTS (
            SELECT FROM hotspot_standing earlier
            WHERE earlier.county_code = h.county_code AND earlier.state = 'BURNING'
              AND (earlier.observed_at, earlier.hotspot_id) < (h.observed_at, h.hotspot_id)
              AND earlier.observed_at >= date_trunc('year', h.observed_at, 'Asia/Shanghai'));
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
