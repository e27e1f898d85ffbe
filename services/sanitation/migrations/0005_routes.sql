-- Route plans. The id of a plan is the id of the operation that made it, so that a resumed operation makes it once.
CREATE TABLE route_plans (
    route_plan_id  uuid PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    date           date        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('draft', 'published', 'superseded')),
    seed           bigint      NOT NULL,
    search_seconds integer     NOT NULL,
    norms_id       uuid REFERENCES plan_versions,
    totals         jsonb       NOT NULL,
    in_force       jsonb,
    created_at     timestamptz NOT NULL,
    published_at   timestamptz
);
CREATE UNIQUE INDEX route_plans_in_force ON route_plans (division_code, date) WHERE state = 'published';
CREATE INDEX route_plans_newest ON route_plans (division_code, route_plan_id DESC);
SELECT kit.protect('route_plans');
GRANT SELECT, INSERT, UPDATE (state, published_at) ON route_plans TO xiangtu_service;

-- A vehicle's day. Points and positions are kept as they were when it was planned.
CREATE TABLE routes (
    route_plan_id uuid NOT NULL REFERENCES route_plans,
    ordinal       integer     NOT NULL,
    vehicle_id    text COLLATE "C" NOT NULL REFERENCES vehicles,
    station_id    text COLLATE "C" NOT NULL REFERENCES facilities,
    division_code text COLLATE "C" NOT NULL,
    distance_m    bigint      NOT NULL,
    duration_s    bigint      NOT NULL,
    load_kg       bigint      NOT NULL,
    trips         jsonb       NOT NULL,
    PRIMARY KEY (route_plan_id, ordinal),
    UNIQUE (route_plan_id, vehicle_id)
);
SELECT kit.protect('routes');
GRANT SELECT, INSERT ON routes TO xiangtu_service;

CREATE TABLE unserved_points (
    route_plan_id uuid NOT NULL REFERENCES route_plans,
    point_id      text COLLATE "C" NOT NULL REFERENCES collection_points,
    division_code text COLLATE "C" NOT NULL,
    reason        text        NOT NULL CHECK (reason IN ('no_vehicle', 'access', 'too_large', 'time_window', 'fleet_exhausted')),
    load_kg       bigint      NOT NULL,
    PRIMARY KEY (route_plan_id, point_id)
);
SELECT kit.protect('unserved_points');
GRANT SELECT, INSERT ON unserved_points TO xiangtu_service;
