-- Signed roots over the chains of a county's books; see the core's `root`.

CREATE TABLE root (
    id            uuid PRIMARY KEY,
    -- The county.
    division_code text COLLATE "C" NOT NULL,
    number        bigint NOT NULL CHECK (number > 0),
    previous      bytea NOT NULL CHECK (length(previous) = 32),
    book_count    bigint NOT NULL CHECK (book_count > 0),
    hash          bytea NOT NULL CHECK (length(hash) = 32),
    -- Ed25519 over the hash, and the public key.
    signature     bytea NOT NULL,
    public_key    bytea NOT NULL,
    rooted_at     timestamptz NOT NULL,
    UNIQUE (division_code, number)
);
SELECT kit.protect('root');
GRANT SELECT, INSERT ON root TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON root FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- How far a book reached when a root was made; only what moved since the root before. Books only go on, so each head is stated
-- once. It belongs to the village, which can hold its own book against it.
CREATE TABLE root_head (
    division_code text COLLATE "C" NOT NULL,
    last_number   bigint NOT NULL CHECK (last_number > 0),
    -- Of the root within the county.
    root_number   bigint NOT NULL,
    hash          bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (division_code, last_number)
);
SELECT kit.protect('root_head');
GRANT SELECT, INSERT ON root_head TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON root_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
