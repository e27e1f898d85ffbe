-- Steps of the accountability ladder as drafted. A person has one draft for a trigger and week. `content` is the step as the
-- contract states it.
CREATE TABLE ladder_steps (
    step_id        uuid        PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    plan_division  text COLLATE "C" NOT NULL,
    plan_code      text COLLATE "C" NOT NULL,
    cadre_id       text COLLATE "C" NOT NULL,
    step_trigger   text        NOT NULL,
    week           date        NOT NULL,
    bulletin_id    uuid        NOT NULL REFERENCES bulletins,
    content        bytea       NOT NULL,
    drafted_at     timestamptz NOT NULL,
    UNIQUE (cadre_id, plan_division, plan_code, step_trigger, week)
);
CREATE INDEX ladder_steps_list ON ladder_steps (drafted_at DESC, step_id DESC);
SELECT kit.protect('ladder_steps');
GRANT SELECT, INSERT ON ladder_steps TO xiangtu_service;
