-- Plans of a week: seven route plans that are published together, and on which days each point is served.
CREATE TABLE week_plans (
    week_plan_id   uuid PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    start_date     date        NOT NULL CHECK (extract(isodow FROM start_date) = 1),
    state          text        NOT NULL CHECK (state IN ('draft', 'published', 'superseded')),
    seed           bigint      NOT NULL,
    search_seconds integer     NOT NULL,
    -- 0: as the plan sections state.
    interval_days  integer     NOT NULL CHECK (interval_days BETWEEN 0 AND 7),
    travel_source  text        NOT NULL CHECK (travel_source IN ('great_circle', 'roads', 'osrm')),
    norms_id       uuid REFERENCES plan_versions,
    totals         jsonb       NOT NULL,
    nearest        jsonb       NOT NULL,
    -- By station, the sums of its seven days.
    stations       jsonb       NOT NULL,
    created_at     timestamptz NOT NULL,
    published_at   timestamptz
);
CREATE UNIQUE INDEX week_plans_in_force ON week_plans (division_code, start_date) WHERE state = 'published';
CREATE INDEX week_plans_newest ON week_plans (division_code, week_plan_id DESC);
SELECT kit.protect('week_plans');
GRANT SELECT, INSERT, UPDATE (state, published_at) ON week_plans TO xiangtu_service;

ALTER TABLE route_plans ADD week_plan_id uuid REFERENCES week_plans;
CREATE INDEX route_plans_week ON route_plans (week_plan_id, date) WHERE week_plan_id IS NOT NULL;

CREATE TABLE week_points (
    week_plan_id  uuid NOT NULL REFERENCES week_plans,
    point_id      text COLLATE "C" NOT NULL REFERENCES collection_points,
    division_code text COLLATE "C" NOT NULL,
    station_id    text COLLATE "C" NOT NULL REFERENCES facilities,
    interval_days integer NOT NULL CHECK (interval_days BETWEEN 1 AND 7),
    -- Bits of its days, Monday the lowest.
    days          integer NOT NULL CHECK (days BETWEEN 1 AND 127),
    PRIMARY KEY (week_plan_id, point_id)
);
SELECT kit.protect('week_points');
GRANT SELECT, INSERT ON week_points TO xiangtu_service;
