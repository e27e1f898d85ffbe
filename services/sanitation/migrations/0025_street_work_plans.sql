-- Plans of sprinkling and sweeping. The id of a plan is the id of the operation that made it, so that a resumed operation
-- makes it once.
CREATE TABLE street_work_plans (
    street_work_plan_id uuid PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    date           date        NOT NULL,
    work           text        NOT NULL CHECK (work IN ('sprinkling', 'sweeping')),
    seed           bigint      NOT NULL,
    search_seconds integer     NOT NULL,
    norms_id       uuid REFERENCES plan_versions,
    totals         jsonb       NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE INDEX street_work_plans_newest ON street_work_plans (division_code, street_work_plan_id DESC);
SELECT kit.protect('street_work_plans');
GRANT SELECT, INSERT ON street_work_plans TO xiangtu_service;

-- A vehicle's day. Roads and positions are kept as they were when it was planned: `lines` are the stretches of the map.
CREATE TABLE street_routes (
    street_work_plan_id uuid NOT NULL REFERENCES street_work_plans,
    vehicle_id    text COLLATE "C" NOT NULL REFERENCES vehicles,
    division_code text COLLATE "C" NOT NULL,
    depot_id      text COLLATE "C" NOT NULL REFERENCES facilities,
    depart_s      bigint      NOT NULL,
    arrive_s      bigint      NOT NULL,
    worked_m      bigint      NOT NULL,
    deadhead_m    bigint      NOT NULL,
    load_l        bigint      NOT NULL,
    steps         jsonb       NOT NULL,
    lines         jsonb       NOT NULL,
    PRIMARY KEY (street_work_plan_id, vehicle_id)
);
SELECT kit.protect('street_routes');
GRANT SELECT, INSERT ON street_routes TO xiangtu_service;

CREATE TABLE uncovered_segments (
    street_work_plan_id uuid NOT NULL REFERENCES street_work_plans,
    ordinal       integer     NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    edge_id       text COLLATE "C" NOT NULL,
    reason        text        NOT NULL CHECK (reason IN ('no_vehicle', 'access', 'no_way', 'too_large', 'shift', 'no_refill', 'no_time', 'not_worth')),
    passes        integer     NOT NULL CHECK (passes >= 1),
    length_m      bigint      NOT NULL,
    line          jsonb       NOT NULL,
    PRIMARY KEY (street_work_plan_id, ordinal)
);
SELECT kit.protect('uncovered_segments');
GRANT SELECT, INSERT ON uncovered_segments TO xiangtu_service;
