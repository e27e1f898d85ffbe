-- What blocks tasks. Append-only: ending or refusing is an entry of its own, so that a bulletin finds what was known.
CREATE TABLE blockers (
    blocker_id    uuid        PRIMARY KEY,
    task_id       uuid        NOT NULL REFERENCES tasks,
    division_code text COLLATE "C" NOT NULL,
    kind          text        NOT NULL CHECK (kind IN ('WEATHER', 'FUNDS', 'MATERIALS', 'DISPUTE')),
    start_date    date        NOT NULL,
    end_date      date        NOT NULL CHECK (end_date >= start_date),
    excused_from  date        NOT NULL CHECK (excused_from >= start_date),
    reason        text        NOT NULL,
    evidence      text[]      NOT NULL,
    reporter      text        NOT NULL,
    recorded_at   timestamptz NOT NULL
);
CREATE INDEX blockers_task ON blockers (task_id);
CREATE INDEX blockers_list ON blockers (recorded_at DESC, blocker_id DESC);
SELECT kit.protect('blockers');
GRANT SELECT, INSERT ON blockers TO xiangtu_service;

CREATE TABLE blocker_entries (
    blocker_id    uuid        NOT NULL REFERENCES blockers,
    state         text        NOT NULL CHECK (state IN ('ENDED', 'REFUSED')),
    division_code text COLLATE "C" NOT NULL,
    end_date      date        NOT NULL,
    reason        text        NOT NULL,
    recorded_by   text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (blocker_id, state)
);
SELECT kit.protect('blocker_entries');
GRANT SELECT, INSERT ON blocker_entries TO xiangtu_service;
