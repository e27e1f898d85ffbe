-- People who receive notices. `person` says who it is elsewhere, `subject` whose token reads the inbox.
CREATE TABLE recipient (
    uid           uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    roles         text[]      NOT NULL,
    person        text,
    subject       text,
    language      text        NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    removed_at    timestamptz
);
CREATE UNIQUE INDEX recipient_person ON recipient (person) WHERE removed_at IS NULL;
CREATE INDEX recipient_division ON recipient (division_code) WHERE removed_at IS NULL;
CREATE INDEX recipient_subject ON recipient (subject) WHERE removed_at IS NULL;
SELECT kit.protect('recipient');
GRANT SELECT, INSERT, UPDATE ON recipient TO xiangtu_service;

-- Addresses, encrypted; `blind` finds equal ones.
CREATE TABLE contact (
    recipient_uid uuid        NOT NULL,
    channel       smallint    NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    sealed        bytea       NOT NULL,
    blind         bytea       NOT NULL,
    PRIMARY KEY (recipient_uid, channel)
);
SELECT kit.protect('contact');
GRANT SELECT, INSERT, UPDATE, DELETE ON contact TO xiangtu_service;

-- Versions of templates never change. Whoever works below the division reads them too.
CREATE TABLE template (
    division_code text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    version       int         NOT NULL,
    definition    bytea       NOT NULL,
    digest        bytea       NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (division_code, id, version)
);
SELECT kit.protect('template');
CREATE POLICY above ON template FOR SELECT USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
GRANT SELECT, INSERT ON template TO xiangtu_service;

-- Sections of plan packages as applied. Whoever works below the division reads them too.
CREATE TABLE plan (
    uid            uuid        PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    version        int         NOT NULL,
    effective_date date        NOT NULL,
    section        bytea       NOT NULL,
    digest         bytea       NOT NULL,
    -- Version of each template of the section, by id.
    templates      jsonb       NOT NULL,
    created_at     timestamptz NOT NULL,
    UNIQUE (division_code, version)
);
SELECT kit.protect('plan');
CREATE POLICY above ON plan FOR SELECT USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
GRANT SELECT, INSERT ON plan TO xiangtu_service;

-- Systems that receive webhooks, and their health as the last attempts left it.
CREATE TABLE endpoint (
    uid             uuid        PRIMARY KEY,
    division_code   text COLLATE "C" NOT NULL,
    display_name    text        NOT NULL,
    url             text        NOT NULL,
    topics          text[]      NOT NULL,
    secret          bytea       NOT NULL,
    previous_secret bytea,
    previous_until  timestamptz,
    in_flight_limit int         NOT NULL CHECK (in_flight_limit BETWEEN 1 AND 64),
    disabled_reason text,
    failures        int         NOT NULL DEFAULT 0,
    failing_since   timestamptz,
    probe_at        timestamptz,
    paused_until    timestamptz,
    last_success_at timestamptz,
    created_at      timestamptz NOT NULL,
    removed_at      timestamptz
);
CREATE INDEX endpoint_division ON endpoint (division_code) WHERE removed_at IS NULL;
SELECT kit.protect('endpoint');
GRANT SELECT, INSERT, UPDATE ON endpoint TO xiangtu_service;

-- What was said to whom. `occasion` is what made it (event and rule, or timetable and day): one notice for each.
CREATE TABLE notice (
    uid                      uuid        PRIMARY KEY,
    division_code            text COLLATE "C" NOT NULL,
    topic                    text        NOT NULL,
    subject                  text        NOT NULL,
    template                 text        NOT NULL,
    variables                jsonb       NOT NULL,
    audience                 bytea       NOT NULL,
    channels                 smallint[]  NOT NULL,
    priority                 smallint    NOT NULL,
    acknowledgement_required boolean     NOT NULL,
    expires_at               timestamptz NOT NULL,
    problem                  text        NOT NULL,
    event_id                 uuid,
    rule                     text        NOT NULL,
    occasion                 text        UNIQUE,
    creator                  text        NOT NULL,
    traceparent              text        NOT NULL,
    created_at               timestamptz NOT NULL
);
CREATE INDEX notice_division ON notice (division_code, uid);
SELECT kit.protect('notice');
GRANT SELECT, INSERT ON notice TO xiangtu_service;

-- The words of a notice. Reached only through rows that are protected: those of the notice, its deliveries, its inbox items.
CREATE TABLE notice_text (
    notice_uid uuid  NOT NULL,
    language   text  NOT NULL,
    title      text  NOT NULL,
    body       text  NOT NULL,
    digest     bytea NOT NULL,
    PRIMARY KEY (notice_uid, language)
);
GRANT SELECT, INSERT ON notice_text TO xiangtu_service;

-- The queue of record. States as in the core: 1 ready, 2 sending, 3 waiting, 4 parked, 5 delivered, 6 acknowledged,
-- 7 failed, 8 expired, 9 cancelled. Channels as in the contract: 1 webhook, 2 inbox.
CREATE TABLE delivery (
    uid           uuid        PRIMARY KEY,
    notice_uid    uuid        NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    channel       smallint    NOT NULL,
    target_uid    uuid        NOT NULL,
    language      text        NOT NULL,
    state         smallint    NOT NULL DEFAULT 1,
    attempts      int         NOT NULL DEFAULT 0,
    step          int         NOT NULL DEFAULT 0,
    due_at        timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    lease_owner   uuid,
    last_error    text        NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    UNIQUE (notice_uid, channel, target_uid)
) WITH (fillfactor = 70);
CREATE INDEX delivery_due ON delivery (target_uid, due_at) WHERE channel = 1 AND state IN (1, 3);
CREATE INDEX delivery_post ON delivery (due_at) WHERE channel = 2 AND state = 1;
CREATE INDEX delivery_sending ON delivery (target_uid) WHERE state = 2;
CREATE INDEX delivery_expiry ON delivery (expires_at) WHERE state IN (1, 3, 4);
CREATE INDEX delivery_target ON delivery (target_uid, uid);
SELECT kit.protect('delivery');
GRANT SELECT, INSERT, UPDATE ON delivery TO xiangtu_service;

-- Every attempt, for ever the same.
CREATE TABLE attempt (
    delivery_uid  uuid        NOT NULL,
    number        int         NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    started_at    timestamptz NOT NULL,
    duration_ms   int         NOT NULL,
    outcome       smallint    NOT NULL,
    status        int         NOT NULL,
    detail        text        NOT NULL,
    PRIMARY KEY (delivery_uid, number)
);
SELECT kit.protect('attempt');
GRANT SELECT, INSERT ON attempt TO xiangtu_service;

-- Items in inboxes. Positions ascend in the order in which items become visible, which makes a watch exact.
CREATE SEQUENCE inbox_position;
GRANT USAGE ON SEQUENCE inbox_position TO xiangtu_service;
CREATE TABLE inbox_item (
    uid                      uuid        PRIMARY KEY,
    position                 bigint      NOT NULL DEFAULT nextval('inbox_position'),
    recipient_uid            uuid        NOT NULL,
    division_code            text COLLATE "C" NOT NULL,
    notice_uid               uuid        NOT NULL,
    notice_division_code     text        NOT NULL,
    language                 text        NOT NULL,
    topic                    text        NOT NULL,
    subject                  text        NOT NULL,
    priority                 smallint    NOT NULL,
    acknowledgement_required boolean     NOT NULL,
    arrived_at               timestamptz NOT NULL,
    acknowledged_at          timestamptz
);
CREATE UNIQUE INDEX inbox_item_recipient ON inbox_item (recipient_uid, position);
SELECT kit.protect('inbox_item');
GRANT SELECT, INSERT, UPDATE ON inbox_item TO xiangtu_service;

-- Delivery workers that are alive, by the clock of the database: the deliveries of a silent one are taken over.
CREATE TABLE worker (
    owner   uuid        PRIMARY KEY,
    beat_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON worker TO xiangtu_service;

-- The events of the suite, for those who follow them.
CREATE TABLE event (
    source        text COLLATE "C" NOT NULL,
    sequence      bigint      NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    type          text        NOT NULL,
    event         bytea       NOT NULL,
    received_at   timestamptz NOT NULL,
    PRIMARY KEY (source, sequence)
);
CREATE INDEX event_received ON event (received_at);
SELECT kit.protect('event');
GRANT SELECT, INSERT, DELETE ON event TO xiangtu_service;
