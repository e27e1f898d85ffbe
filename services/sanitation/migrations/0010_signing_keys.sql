-- Public keys with which the sides sign hand-overs. Only the end of a key and its revocation are ever written later.
CREATE TABLE signing_keys (
    key_id        text COLLATE "C" PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    holder        text        NOT NULL,
    display_name  text        NOT NULL,
    public_key    bytea       NOT NULL UNIQUE CHECK (length(public_key) = 32),
    valid_from    timestamptz NOT NULL,
    valid_until   timestamptz CHECK (valid_until > valid_from),
    revoked_from  timestamptz,
    revoke_reason text        NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    revoked_at    timestamptz,
    CHECK ((revoked_from IS NULL) = (revoked_at IS NULL))
);
CREATE INDEX signing_keys_division ON signing_keys (division_code, key_id);
SELECT kit.protect('signing_keys');
-- The county's plant signs in its townships.
CREATE POLICY above ON signing_keys FOR SELECT USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
GRANT SELECT, INSERT, UPDATE (valid_until, revoked_from, revoke_reason, revoked_at) ON signing_keys TO xiangtu_service;
