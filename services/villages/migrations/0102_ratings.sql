-- Ratings of villages. Append-only: one row for each village, day and state of knowledge that gave another result.
-- `content` is the rating with its whole explanation as the contract states it.
CREATE TABLE ratings (
    rating_id        uuid        PRIMARY KEY,
    division_code    text COLLATE "C" NOT NULL,
    plan_division    text COLLATE "C" NOT NULL,
    plan_code        text COLLATE "C" NOT NULL,
    plan_version     integer     NOT NULL,
    as_of            date        NOT NULL,
    known_at         timestamptz NOT NULL,
    tier             text COLLATE "C" NOT NULL,
    target_tier      text COLLATE "C" NOT NULL,
    on_target        boolean     NOT NULL,
    score_milli      bigint      NOT NULL CHECK (score_milli >= 0),
    score_full_milli bigint      NOT NULL CHECK (score_full_milli >= score_milli),
    digest           text        NOT NULL,
    content          bytea       NOT NULL
);
CREATE INDEX ratings_village ON ratings (division_code, as_of DESC, known_at DESC, rating_id DESC);
SELECT kit.protect('ratings');
GRANT SELECT, INSERT ON ratings TO xiangtu_service;
