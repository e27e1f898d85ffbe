-- Tables and functions that every service needs. The service role gets exactly what it uses.
CREATE SCHEMA IF NOT EXISTS kit;
GRANT USAGE ON SCHEMA kit TO xiangtu_service;

-- Puts a table under the row policy: a transaction sees and writes only rows inside its division. `xiangtu.scope` is set
-- per transaction; where it is not set the read fails, so nothing leaks by omission. Of the bare condition the planner would
-- believe that it leaves one row in two hundred, and join county-sized tables in loops; of a CASE it believes one in two.
CREATE FUNCTION kit.protect(target regclass, division_column text DEFAULT 'division_code') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY division ON %s USING (CASE WHEN %I ^@ (SELECT current_setting(''xiangtu.scope'')) THEN true ELSE false END)', target, division_column);
END $$;

-- First answer of every mutation, so that a repeat gets it again.
CREATE TABLE kit.idempotency (
    principal   text        NOT NULL,
    request_id  uuid        NOT NULL,
    method      text        NOT NULL,
    body_sha256 bytea       NOT NULL,
    response    bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (principal, request_id)
);
GRANT SELECT, INSERT, DELETE ON kit.idempotency TO xiangtu_service;

-- Who did what to what, in the same transaction as the change. INSERT-only for the service.
CREATE TABLE kit.audit (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL,
    principal     text        NOT NULL,
    method        text        NOT NULL,
    action        text        NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    resource      text        NOT NULL,
    request_id    uuid,
    detail        text        NOT NULL DEFAULT ''
);
CREATE INDEX audit_resource ON kit.audit (resource, id);
SELECT kit.protect('kit.audit');
GRANT SELECT, INSERT ON kit.audit TO xiangtu_service;

-- Facts to publish. `sequence` is given by the relay, one at a time, so that it ascends in the order of publication; it is
-- also the id in the stream, which makes publishing twice impossible.
CREATE TABLE kit.outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id      uuid        NOT NULL,
    type          text        NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    subject       text        NOT NULL,
    payload_type  text        NOT NULL,
    payload       bytea       NOT NULL,
    traceparent   text        NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    sequence      bigint
);
CREATE UNIQUE INDEX outbox_sequence ON kit.outbox (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX outbox_unsequenced ON kit.outbox (id) WHERE sequence IS NULL;
GRANT SELECT, INSERT, UPDATE (sequence), DELETE ON kit.outbox TO xiangtu_service;

-- One row: the last sequence given.
CREATE TABLE kit.outbox_counter (
    singleton     boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    last          bigint  NOT NULL DEFAULT 0
);
INSERT INTO kit.outbox_counter DEFAULT VALUES;
GRANT SELECT, UPDATE ON kit.outbox_counter TO xiangtu_service;

-- How far each consumer group has come; rows beyond the slowest are kept, whatever happens to Redis.
CREATE TABLE kit.outbox_group (
    name           text        PRIMARY KEY,
    acked_sequence bigint      NOT NULL,
    seen_at        timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.outbox_group TO xiangtu_service;

-- Events whose effect is committed here.
CREATE TABLE kit.inbox (
    consumer   text        NOT NULL,
    event_id   uuid        NOT NULL,
    handled_at timestamptz NOT NULL,
    PRIMARY KEY (consumer, event_id)
);
GRANT SELECT, INSERT, DELETE ON kit.inbox TO xiangtu_service;

-- Events that a handler refused ten times; kept whole for repair and replay.
CREATE TABLE kit.inbox_parked (
    consumer   text        NOT NULL,
    event_id   uuid        NOT NULL,
    event      bytea       NOT NULL,
    error      text        NOT NULL,
    parked_at  timestamptz NOT NULL,
    PRIMARY KEY (consumer, event_id)
);
GRANT SELECT, INSERT, DELETE ON kit.inbox_parked TO xiangtu_service;

-- Who runs a singleton job.
CREATE TABLE kit.lease (
    name    text        PRIMARY KEY,
    holder  uuid        NOT NULL,
    until   timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.lease TO xiangtu_service;

-- Long-running operations.
CREATE TABLE kit.operation (
    id            uuid        PRIMARY KEY,
    kind          text        NOT NULL,
    principal     text        NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    traceparent   text        NOT NULL DEFAULT '',
    request       bytea       NOT NULL,
    metadata      bytea,
    response      bytea,
    error         bytea,
    cancel        boolean     NOT NULL DEFAULT false,
    version       bigint      NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    done_at       timestamptz,
    worker        uuid,
    lease_until   timestamptz
);
CREATE INDEX operation_open ON kit.operation (created_at) WHERE done_at IS NULL;
SELECT kit.protect('kit.operation');
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.operation TO xiangtu_service;
