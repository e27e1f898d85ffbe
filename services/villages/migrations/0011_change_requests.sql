-- Change requests as they were proposed; personal data is sealed. `target_version` is the version of the household or cadre that
-- the proposer saw. `content` is the change request as the contract states it, without personal data.
CREATE TABLE change_requests (
    change_request_id uuid        PRIMARY KEY,
    division_code     text COLLATE "C" NOT NULL,
    target            text COLLATE "C" NOT NULL,
    target_version    bigint      NOT NULL,
    head_name         bytea,
    phone             bytea,
    id_number         bytea,
    content           bytea       NOT NULL,
    proposer          text        NOT NULL,
    expire_date       date        NOT NULL,
    proposed_at       timestamptz NOT NULL
);
CREATE INDEX change_requests_list ON change_requests (proposed_at DESC, change_request_id DESC);
CREATE INDEX change_requests_target ON change_requests (target);
SELECT kit.protect('change_requests');
GRANT SELECT, INSERT ON change_requests TO xiangtu_service;

-- What became of a change request, once. `content` holds what the contract states of it.
CREATE TABLE change_request_decisions (
    change_request_id uuid        PRIMARY KEY REFERENCES change_requests,
    division_code     text COLLATE "C" NOT NULL,
    state             text        NOT NULL CHECK (state IN ('APPROVED', 'REJECTED', 'WITHDRAWN')),
    content           bytea       NOT NULL,
    decided_at        timestamptz NOT NULL
);
SELECT kit.protect('change_request_decisions');
GRANT SELECT, INSERT ON change_request_decisions TO xiangtu_service;

-- Every version of a cadre that is known now, seen by the caller or not.
CREATE FUNCTION cadre_versions(cadre text) RETURNS SETOF cadres
LANGUAGE plpgsql AS $$
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY SELECT c.* FROM cadres c WHERE c.cadre_id = cadre AND c.known_until IS NULL ORDER BY c.valid_from;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
