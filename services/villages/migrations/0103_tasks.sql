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

-- Who holds one of `posts` on a day in a division, below it or above it; who has held it longest comes first. A leader of the
-- county answers in its townships too, whose officers do not see the county's register: of those above they learn the name.
CREATE FUNCTION post_holders(division text, posts text[], day date)
RETURNS TABLE (division_code text, post text, cadre_id text, display_name text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        SELECT a.division_code, a.post, a.cadre_id, c.display_name
        FROM cadre_assignments a JOIN cadres c USING (cadre_id)
        WHERE a.known_until IS NULL AND a.valid_from <= day AND (a.valid_until IS NULL OR a.valid_until > day)
          AND c.known_until IS NULL AND c.valid_from <= day AND (c.valid_until IS NULL OR c.valid_until > day)
          AND a.post = ANY(posts)
          AND ((a.division_code >= division AND a.division_code < division || ':') OR division ^@ a.division_code)
        ORDER BY a.division_code, a.post, a.valid_from, a.cadre_id;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
