-- Complaints, and every step of them. Who complains is sealed.
CREATE TABLE complaints (
    complaint_id  uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    point_id      text COLLATE "C" REFERENCES collection_points,
    date          date,
    channel       text        NOT NULL,
    category      text        NOT NULL,
    text          text        NOT NULL,
    contact_name  bytea,
    contact_phone bytea,
    state         text        NOT NULL CHECK (state IN ('filed', 'accepted', 'assigned', 'answered', 'closed')),
    assignee      text        NOT NULL DEFAULT '',
    stop_id       text COLLATE "C",
    -- What was known of the stop when the complaint was filed.
    stop_state    text        NOT NULL DEFAULT '',
    answer        text        NOT NULL DEFAULT '',
    -- When its clock began: filed or reopened.
    clock_from    timestamptz NOT NULL,
    due_at        timestamptz,
    remind_at     timestamptz,
    reminded_at   timestamptz,
    overdue_at    timestamptz,
    reopen_count  integer     NOT NULL DEFAULT 0,
    filed_at      timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CHECK ((due_at IS NULL) = (state IN ('answered', 'closed')))
);
CREATE INDEX complaints_newest ON complaints (division_code, complaint_id DESC);
CREATE INDEX complaints_remind ON complaints (remind_at) WHERE reminded_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX complaints_due ON complaints (due_at) WHERE overdue_at IS NULL AND due_at IS NOT NULL;
SELECT kit.protect('complaints');
GRANT SELECT, INSERT, UPDATE ON complaints TO xiangtu_service;

CREATE TABLE complaint_steps (
    complaint_id  uuid        NOT NULL REFERENCES complaints,
    number        integer     NOT NULL CHECK (number >= 1),
    division_code text COLLATE "C" NOT NULL,
    state         text        NOT NULL,
    action        text        NOT NULL,
    note          text        NOT NULL,
    actor         text        NOT NULL,
    stepped_at    timestamptz NOT NULL,
    PRIMARY KEY (complaint_id, number)
);
SELECT kit.protect('complaint_steps');
GRANT SELECT, INSERT ON complaint_steps TO xiangtu_service;

-- Orders to set right what an inspection found.
CREATE TABLE works_orders (
    works_order_id  uuid PRIMARY KEY,
    division_code   text COLLATE "C" NOT NULL,
    kind            text             NOT NULL CHECK (kind IN ('heaps_and_stacks', 'ditch', 'road')),
    place           text             NOT NULL,
    lng             double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    lat             double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    finding         text             NOT NULL,
    photos          text[]           NOT NULL,
    team            text             NOT NULL,
    due_date        date             NOT NULL,
    state           text             NOT NULL CHECK (state IN ('open', 'done', 'verified', 'withdrawn')),
    outcome         text             NOT NULL DEFAULT '',
    outcome_photos  text[]           NOT NULL DEFAULT '{}',
    rejection_count integer          NOT NULL DEFAULT 0,
    reason          text             NOT NULL DEFAULT '',
    overdue         boolean          NOT NULL DEFAULT false,
    created_at      timestamptz      NOT NULL,
    done_at         timestamptz,
    ended_at        timestamptz
);
CREATE INDEX works_orders_newest ON works_orders (division_code, works_order_id DESC);
CREATE INDEX works_orders_due ON works_orders (due_date) WHERE state = 'open' AND NOT overdue;
SELECT kit.protect('works_orders');
GRANT SELECT, INSERT, UPDATE ON works_orders TO xiangtu_service;
