-- $1 is the present instant. A person whose line is equal to the register is left as it is.
WITH given AS (
    SELECT uid::uuid AS uid, person, name, division_code, string_to_array(roles, '|') AS roles, subject, language,
           decode(sealed, 'hex') AS sealed, decode(blind, 'hex') AS blind
    FROM staged
), changed AS (
    SELECT g.*, r.uid AS known, c.blind AS known_blind
    FROM given g
    LEFT JOIN recipient r ON r.person = g.person AND r.removed_at IS NULL
    LEFT JOIN contact c ON c.recipient_uid = r.uid AND c.channel = 3
    WHERE r.uid IS NULL
       OR (r.display_name, r.division_code, r.roles, r.subject, r.language)
          IS DISTINCT FROM (g.name, g.division_code, g.roles, g.subject, g.language)
       OR c.blind IS DISTINCT FROM g.blind
), inserted AS (
    INSERT INTO recipient (uid, division_code, display_name, roles, person, subject, language, created_at, updated_at)
    SELECT uid, division_code, name, roles, person, subject, language, $1, $1 FROM changed WHERE known IS NULL
    RETURNING uid
), updated AS (
    UPDATE recipient r
    SET division_code = c.division_code, display_name = c.name, roles = c.roles, subject = c.subject,
        language = c.language, updated_at = $1
    FROM changed c WHERE r.uid = c.known
    RETURNING r.uid
), removed AS (
    DELETE FROM contact t USING changed c WHERE t.recipient_uid = c.known AND t.channel = 3 AND c.blind IS NULL
    RETURNING t.recipient_uid
), reached AS (
    INSERT INTO contact (recipient_uid, channel, division_code, sealed, blind)
    SELECT coalesce(known, uid), 3, division_code, sealed, blind FROM changed WHERE blind IS NOT NULL
    ON CONFLICT (recipient_uid, channel)
    DO UPDATE SET sealed = excluded.sealed, blind = excluded.blind, division_code = excluded.division_code
    RETURNING recipient_uid
)
SELECT (SELECT count(*) FROM inserted), (SELECT count(*) FROM updated),
       (SELECT count(*) FROM given) - (SELECT count(*) FROM changed),
       (SELECT count(*) FROM removed) + (SELECT count(*) FROM reached)
