-- Who is on duty in a grid from when to when. A replaced shift is closed by `known_until`; nothing is deleted.
CREATE TABLE duty_shifts (
    shift_id      uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    grid_code     text COLLATE "C" NOT NULL,
    cadre_id      text COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL CHECK (ends_at > starts_at),
    recorded_by   text        NOT NULL,
    known_from    timestamptz NOT NULL,
    known_until   timestamptz
);
CREATE INDEX duty_shifts_grid ON duty_shifts (grid_code, ends_at) WHERE known_until IS NULL;
CREATE INDEX duty_shifts_cadre ON duty_shifts (cadre_id, ends_at) WHERE known_until IS NULL;
CREATE INDEX duty_shifts_list ON duty_shifts (starts_at, shift_id) WHERE known_until IS NULL;
SELECT kit.protect('duty_shifts');
GRANT SELECT, INSERT, UPDATE (known_until) ON duty_shifts TO xiangtu_service;

-- The first of the given times in which its cadre is on duty in another grid than `grid`, seen by the caller or not, by
-- position from 1.
CREATE FUNCTION duty_elsewhere(grid text, cadres text[], starts timestamptz[], ends timestamptz[])
RETURNS TABLE (at bigint, starts_at timestamptz, ends_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        SELECT given.n, s.starts_at, s.ends_at
        FROM unnest(cadres, starts, ends) WITH ORDINALITY AS given (cadre, start, finish, n)
        JOIN duty_shifts s ON s.cadre_id = given.cadre AND s.known_until IS NULL AND s.grid_code <> grid
             AND s.starts_at < given.finish AND s.ends_at > given.start
        ORDER BY given.n, s.starts_at LIMIT 1;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
