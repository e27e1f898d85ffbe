-- Sealing the journal in the background, and what recounts found.

-- A block of a book's chain; see the core's `chain`. Whoever changes an entry afterwards would have to sign anew.
CREATE TABLE seal (
    division_code text COLLATE "C" NOT NULL,
    from_number   bigint NOT NULL CHECK (from_number > 0),
    until_number  bigint NOT NULL CHECK (until_number > from_number),
    previous      bytea NOT NULL CHECK (length(previous) = 32),
    -- 32 bytes for each entry, in order.
    digests       bytea NOT NULL CHECK (length(digests) = 32 * (until_number - from_number)),
    hash          bytea NOT NULL CHECK (length(hash) = 32),
    -- Ed25519 over the hash, and the public key.
    signature     bytea NOT NULL,
    public_key    bytea NOT NULL,
    sealed_at     timestamptz NOT NULL,
    PRIMARY KEY (division_code, from_number)
);
SELECT kit.protect('seal');
GRANT SELECT, INSERT ON seal TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE recount (
    id            uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    -- A message of the contract.
    outcome       bytea NOT NULL,
    recounted_at  timestamptz NOT NULL
);
SELECT kit.protect('recount');
GRANT SELECT, INSERT ON recount TO xiangtu_service;
