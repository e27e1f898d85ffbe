-- Assessments of party branches, a village and year each; the highest revision holds. `content` is the assessment as the
-- contract states it.
CREATE TABLE branch_assessments (
    assessment_id uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    year          integer     NOT NULL,
    revision      integer     NOT NULL CHECK (revision >= 1),
    star_count    integer     NOT NULL CHECK (star_count BETWEEN 0 AND 5),
    content       bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL,
    UNIQUE (division_code, year, revision)
);
SELECT kit.protect('branch_assessments');
GRANT SELECT, INSERT ON branch_assessments TO xiangtu_service;

-- Red points of members of party branches. Append-only: an entry is taken back by another, once.
CREATE TABLE red_points (
    red_point_id    uuid        PRIMARY KEY,
    division_code   text COLLATE "C" NOT NULL,
    member          text COLLATE "C" NOT NULL,
    points          bigint      NOT NULL CHECK (points <> 0),
    occurrence_date date        NOT NULL,
    reverses        uuid        UNIQUE REFERENCES red_points,
    content         bytea       NOT NULL,
    recorded_at     timestamptz NOT NULL
);
CREATE INDEX red_points_list ON red_points (recorded_at DESC, red_point_id DESC);
CREATE INDEX red_points_branch ON red_points (division_code, occurrence_date);
SELECT kit.protect('red_points');
GRANT SELECT, INSERT ON red_points TO xiangtu_service;
