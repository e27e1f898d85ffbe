-- What a station may hold at a time; where the register does not say, a day's design capacity.
ALTER TABLE facilities ADD COLUMN storage_kg bigint CHECK (storage_kg > 0);

-- Haulage plans. The id of a plan is the id of the operation that made it, so that a resumed operation makes it once.
CREATE TABLE haulage_plans (
    haulage_plan_id uuid PRIMARY KEY,
    division_code   text COLLATE "C" NOT NULL,
    date            date        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('draft', 'published', 'superseded')),
    route_plan_id   uuid REFERENCES route_plans,
    seed            bigint      NOT NULL,
    step_limit      bigint      NOT NULL CHECK (step_limit > 0),
    travel_source   text        NOT NULL CHECK (travel_source IN ('great_circle', 'roads', 'osrm')),
    norms_id        uuid REFERENCES plan_versions,
    totals          jsonb       NOT NULL,
    in_force        jsonb,
    created_at      timestamptz NOT NULL,
    published_at    timestamptz
);
CREATE UNIQUE INDEX haulage_plans_in_force ON haulage_plans (division_code, date) WHERE state = 'published';
CREATE INDEX haulage_plans_newest ON haulage_plans (division_code, haulage_plan_id DESC);
SELECT kit.protect('haulage_plans');
GRANT SELECT, INSERT, UPDATE (state, published_at) ON haulage_plans TO xiangtu_service;

-- Loads by truck and time. The division is that of the station.
CREATE TABLE haulage_trips (
    haulage_plan_id uuid NOT NULL REFERENCES haulage_plans,
    ordinal         integer NOT NULL,
    vehicle_id      text COLLATE "C" NOT NULL REFERENCES vehicles,
    station_id      text COLLATE "C" NOT NULL REFERENCES facilities,
    plant_id        text COLLATE "C" NOT NULL REFERENCES facilities,
    division_code   text COLLATE "C" NOT NULL,
    trip            jsonb   NOT NULL,
    PRIMARY KEY (haulage_plan_id, ordinal)
);
CREATE INDEX haulage_trips_vehicle ON haulage_trips (haulage_plan_id, vehicle_id);
SELECT kit.protect('haulage_trips');
GRANT SELECT, INSERT ON haulage_trips TO xiangtu_service;

-- Stations with their stocks over the day.
CREATE TABLE haulage_stocks (
    haulage_plan_id uuid NOT NULL REFERENCES haulage_plans,
    station_id      text COLLATE "C" NOT NULL REFERENCES facilities,
    division_code   text COLLATE "C" NOT NULL,
    stock           jsonb NOT NULL,
    PRIMARY KEY (haulage_plan_id, station_id)
);
SELECT kit.protect('haulage_stocks');
GRANT SELECT, INSERT ON haulage_stocks TO xiangtu_service;
