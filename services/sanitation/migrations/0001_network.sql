-- What the waste network consists of. Ids are the county's own. `updated_at` is the version of a row.

-- Villages as areas to serve.
CREATE TABLE service_areas (
    division_code   text COLLATE "C" PRIMARY KEY,
    display_name    text             NOT NULL,
    household_count bigint           NOT NULL CHECK (household_count >= 0),
    resident_count  bigint           NOT NULL CHECK (resident_count >= 0),
    group_count     bigint           NOT NULL CHECK (group_count >= 0),
    lng             double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    lat             double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    updated_at      timestamptz      NOT NULL
);
SELECT kit.protect('service_areas');
GRANT SELECT, INSERT, UPDATE ON service_areas TO xiangtu_service;

CREATE TABLE facilities (
    facility_id         text COLLATE "C" PRIMARY KEY,
    kind                text             NOT NULL CHECK (kind IN ('transfer_station', 'plant', 'depot', 'water_point')),
    division_code       text COLLATE "C" NOT NULL,
    display_name        text             NOT NULL,
    capacity_kg_per_day bigint           NOT NULL CHECK (capacity_kg_per_day > 0),
    equipment           text             NOT NULL,
    opens_s             integer          NOT NULL CHECK (opens_s >= 0),
    closes_s            integer          NOT NULL CHECK (closes_s <= 86400),
    lng                 double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    lat                 double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    updated_at          timestamptz      NOT NULL,
    CHECK (opens_s < closes_s)
);
CREATE INDEX facilities_division ON facilities (division_code, kind);
SELECT kit.protect('facilities');
GRANT SELECT, INSERT, UPDATE ON facilities TO xiangtu_service;

CREATE TABLE collection_points (
    point_id            text COLLATE "C" PRIMARY KEY,
    division_code       text COLLATE "C" NOT NULL,
    kind                text             NOT NULL CHECK (kind IN ('bin_group', 'sealed_box', 'house')),
    capacity_l          bigint           NOT NULL CHECK (capacity_l > 0),
    bin_count           integer          NOT NULL CHECK (bin_count >= 0),
    daily_g             bigint           NOT NULL CHECK (daily_g >= 0),
    access_max_gross_kg bigint           CHECK (access_max_gross_kg > 0),
    window_opens_s      integer          NOT NULL CHECK (window_opens_s >= 0),
    window_closes_s     integer          NOT NULL CHECK (window_closes_s <= 86400),
    lng                 double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    lat                 double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    updated_at          timestamptz      NOT NULL,
    CHECK (window_opens_s < window_closes_s)
);
CREATE INDEX collection_points_division ON collection_points (division_code, point_id);
SELECT kit.protect('collection_points');
GRANT SELECT, INSERT, UPDATE ON collection_points TO xiangtu_service;

CREATE TABLE bins (
    bin_id                  text COLLATE "C" PRIMARY KEY,
    division_code           text COLLATE "C" NOT NULL,
    group_code              text COLLATE "C" NOT NULL,
    volume_l                integer          NOT NULL CHECK (volume_l > 0),
    sealed                  boolean          NOT NULL,
    households_served_count integer          NOT NULL CHECK (households_served_count >= 0),
    point_id                text COLLATE "C" REFERENCES collection_points,
    lng                     double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    lat                     double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    updated_at              timestamptz      NOT NULL
);
CREATE INDEX bins_division ON bins (division_code, bin_id);
SELECT kit.protect('bins');
GRANT SELECT, INSERT, UPDATE ON bins TO xiangtu_service;

CREATE TABLE vehicles (
    vehicle_id     text COLLATE "C" PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    plate          text        NOT NULL,
    depot_id       text COLLATE "C" NOT NULL REFERENCES facilities,
    kind           text        NOT NULL CHECK (kind IN ('compactor', 'hook_lift', 'sprinkler', 'sweeper', 'small_motor')),
    model          text        NOT NULL,
    payload_kg     bigint      NOT NULL CHECK (payload_kg > 0),
    gross_kg       bigint      NOT NULL,
    volume_l       bigint      NOT NULL CHECK (volume_l > 0),
    shift_starts_s integer     NOT NULL CHECK (shift_starts_s >= 0),
    shift_ends_s   integer     NOT NULL CHECK (shift_ends_s <= 86400),
    speed_kmh      integer     NOT NULL CHECK (speed_kmh BETWEEN 1 AND 120),
    updated_at     timestamptz NOT NULL,
    CHECK (shift_starts_s < shift_ends_s),
    CHECK (gross_kg > payload_kg)
);
CREATE INDEX vehicles_division ON vehicles (division_code, vehicle_id);
SELECT kit.protect('vehicles');
GRANT SELECT, INSERT, UPDATE ON vehicles TO xiangtu_service;

-- Collections that did not take place.
CREATE TABLE missed_collections (
    missed_id     uuid PRIMARY KEY,
    point_id      text COLLATE "C" NOT NULL REFERENCES collection_points,
    division_code text COLLATE "C" NOT NULL,
    date          date        NOT NULL,
    reason        text        NOT NULL CHECK (reason IN ('breakdown', 'road_blocked', 'vehicle_full', 'out_of_time', 'waste_refused')),
    note          text        NOT NULL CHECK (length(note) <= 500),
    reported_at   timestamptz NOT NULL,
    UNIQUE (point_id, date)
);
CREATE INDEX missed_collections_newest ON missed_collections (division_code, missed_id DESC);
SELECT kit.protect('missed_collections');
GRANT SELECT, INSERT ON missed_collections TO xiangtu_service;
