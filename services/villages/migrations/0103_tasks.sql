-- Tasks: one work item in one village. What it asks never changes; its calendar is that of the plan version it was made from.
CREATE TABLE tasks (
    task_id       uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    plan_division text COLLATE "C" NOT NULL,
    plan_code     text COLLATE "C" NOT NULL,
    plan_version  integer     NOT NULL,
    template      text COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    indicator     text COLLATE "C" NOT NULL,
    unit          text        NOT NULL,
    goal          bigint      NOT NULL CHECK (goal >= 1),
    start_date    date        NOT NULL,
    deadline      date        NOT NULL,
    key_work      boolean     NOT NULL,
    created_at    timestamptz NOT NULL,
    UNIQUE (division_code, plan_division, plan_code, template),
    FOREIGN KEY (plan_division, plan_code, plan_version) REFERENCES plan_versions
);
CREATE INDEX tasks_list ON tasks (division_code, deadline, task_id);
SELECT kit.protect('tasks');
GRANT SELECT, INSERT ON tasks TO xiangtu_service;

-- Who answers for a task from which day on. Append-only: the last recorded of those that have begun holds office.
CREATE TABLE task_tenures (
    tenure_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id       uuid        NOT NULL REFERENCES tasks,
    division_code text COLLATE "C" NOT NULL,
    start_date    date        NOT NULL,
    leader_id     text COLLATE "C" NOT NULL,
    leader_name   text        NOT NULL,
    member_ids    text[]      NOT NULL,
    member_names  text[]      NOT NULL,
    reason        text        NOT NULL,
    recorded_by   text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    CHECK (cardinality(member_ids) = cardinality(member_names))
);
CREATE INDEX task_tenures_task ON task_tenures (task_id, tenure_id);
CREATE INDEX task_tenures_leader ON task_tenures (leader_id, task_id);
SELECT kit.protect('task_tenures');
GRANT SELECT, INSERT ON task_tenures TO xiangtu_service;

-- Reports of progress: units done in all by the end of a day. Append-only: the highest revision counts for its day.
CREATE TABLE task_progress (
    progress_id   uuid        PRIMARY KEY,
    task_id       uuid        NOT NULL REFERENCES tasks,
    division_code text COLLATE "C" NOT NULL,
    report_date   date        NOT NULL,
    revision      integer     NOT NULL CHECK (revision >= 1),
    cumulative    bigint      NOT NULL CHECK (cumulative >= 0),
    late          boolean     NOT NULL,
    note          text        NOT NULL,
    evidence      text[]      NOT NULL,
    reported_by   text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    UNIQUE (task_id, report_date, revision)
);
CREATE INDEX task_progress_division ON task_progress (division_code, recorded_at);
SELECT kit.protect('task_progress');
GRANT SELECT, INSERT ON task_progress TO xiangtu_service;
