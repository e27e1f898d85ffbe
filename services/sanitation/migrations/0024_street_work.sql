-- What sprinklers and sweepers do, and where sprinklers refill. Tasks lie on a network of roads and belong to its division.
-- How fast water points fill a tank, where that is known better than by what they give in a day.
CREATE TABLE water_flows (
    facility_id     text COLLATE "C" PRIMARY KEY REFERENCES facilities,
    division_code   text COLLATE "C" NOT NULL,
    litres_per_hour bigint      NOT NULL CHECK (litres_per_hour BETWEEN 100 AND 1000000),
    -- Months of the year in which there is no water, 1–12.
    closed_months   integer[]   NOT NULL CHECK (closed_months <@ ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    updated_at      timestamptz NOT NULL
);
SELECT kit.protect('water_flows');
GRANT SELECT, INSERT, UPDATE ON water_flows TO xiangtu_service;

CREATE TABLE road_tasks (
    division_code text COLLATE "C" NOT NULL,
    edge_id       text COLLATE "C" NOT NULL,
    work          text        NOT NULL CHECK (work IN ('sprinkling', 'sweeping')),
    -- Whether each side of the road is treated by itself.
    both_sides    boolean     NOT NULL,
    -- 0: not at present.
    times_a_week  integer     NOT NULL CHECK (times_a_week BETWEEN 0 AND 28),
    litres_per_km bigint      NOT NULL CHECK (litres_per_km BETWEEN 0 AND 100000),
    speed_kmh     integer     NOT NULL CHECK (speed_kmh BETWEEN 1 AND 60),
    -- Cost of leaving a pass out; none: it has to be done.
    penalty_fen   bigint      CHECK (penalty_fen BETWEEN 0 AND 1000000),
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (division_code, edge_id, work),
    FOREIGN KEY (division_code, edge_id) REFERENCES road_edges
);
SELECT kit.protect('road_tasks');
GRANT SELECT, INSERT, UPDATE ON road_tasks TO xiangtu_service;
