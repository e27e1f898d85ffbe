-- Contracted areas, versioned like divisions. `members` are the divisions that an area was drawn around; what became of them
-- since is found through the lineage.
CREATE TABLE areas (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area_code     text COLLATE "C" NOT NULL CHECK (area_code ~ '^[1-9][0-9A-Za-z-]{6,28}$'),
    tree          text COLLATE "C" NOT NULL CHECK (tree ~ '^[a-z0-9_]{1,40}$'),
    division_code text COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    members       text[] COLLATE "C" NOT NULL CHECK (cardinality(members) BETWEEN 1 AND 1000),
    -- Empty for nobody.
    leader_id     text COLLATE "C" NOT NULL,
    leader_name   text        NOT NULL,
    valid_from    date        NOT NULL,
    valid_until   date,
    known_from    timestamptz NOT NULL,
    known_until   timestamptz,
    CHECK (valid_until > valid_from)
);
CREATE UNIQUE INDEX areas_current ON areas (area_code, valid_from) WHERE known_until IS NULL;
CREATE UNIQUE INDEX areas_open ON areas (area_code) WHERE known_until IS NULL AND valid_until IS NULL;
CREATE INDEX areas_division ON areas (division_code) WHERE known_until IS NULL;
CREATE INDEX areas_past ON areas (area_code, known_until) WHERE known_until IS NOT NULL;
SELECT kit.protect('areas');
GRANT SELECT, INSERT, UPDATE (known_until) ON areas TO xiangtu_service;

-- The areas of a county that hold on a date or later, seen by the caller or not: a village lies in one area of a tree, whoever
-- drew it.
CREATE FUNCTION areas_ahead(county text, on_or_after date) RETURNS SETOF areas
LANGUAGE plpgsql AS $$
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        SELECT a.* FROM areas a
        WHERE a.division_code >= county AND a.division_code < county || ':' AND a.known_until IS NULL
          AND (a.valid_until IS NULL OR a.valid_until > on_or_after)
        ORDER BY a.area_code, a.valid_from;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
