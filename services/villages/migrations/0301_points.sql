-- Rules of household points by division. Append-only. `content` is the version as the contract states it.
CREATE TABLE point_rules (
    division_code  text COLLATE "C" NOT NULL,
    version        integer     NOT NULL CHECK (version >= 1),
    effective_from date        NOT NULL,
    content        bytea       NOT NULL,
    applied_at     timestamptz NOT NULL,
    PRIMARY KEY (division_code, version)
);
SELECT kit.protect('point_rules');
-- Those whom rules concern may read them.
CREATE POLICY bound ON point_rules FOR SELECT
    USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
GRANT SELECT, INSERT ON point_rules TO xiangtu_service;

-- Goods of points shops.
CREATE TABLE point_goods (
    goods_id      uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    price_points  bigint      NOT NULL CHECK (price_points >= 1),
    stock         integer     NOT NULL CHECK (stock >= 0),
    closed        boolean     NOT NULL,
    created_at    timestamptz NOT NULL
);
CREATE INDEX point_goods_list ON point_goods (created_at DESC, goods_id DESC);
SELECT kit.protect('point_goods');
CREATE POLICY bound ON point_goods FOR SELECT
    USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
GRANT SELECT, INSERT, UPDATE (price_points, stock, closed) ON point_goods TO xiangtu_service;

-- The ledger of household points. Append-only; `division_code` is where the household was registered. `content` is the entry
-- as the contract states it.
CREATE TABLE point_entries (
    entry_id        uuid        PRIMARY KEY,
    household_id    text COLLATE "C" NOT NULL,
    number          integer     NOT NULL CHECK (number >= 1),
    division_code   text COLLATE "C" NOT NULL,
    kind            text        NOT NULL,
    points          bigint      NOT NULL,
    entry_date      date        NOT NULL,
    occurrence_date date        NOT NULL,
    last_day        date,
    item            text COLLATE "C" NOT NULL,
    reverses        uuid        UNIQUE REFERENCES point_entries,
    request_id      uuid        NOT NULL,
    content         bytea       NOT NULL,
    recorded_at     timestamptz NOT NULL,
    UNIQUE (household_id, number),
    CHECK ((kind = 'REVERSE') = (reverses IS NOT NULL))
);
-- An occurrence is one item, household, day and request.
CREATE UNIQUE INDEX point_entries_occurrence ON point_entries (household_id, item, occurrence_date, request_id)
    WHERE kind IN ('AWARD', 'DEDUCT');
CREATE INDEX point_entries_list ON point_entries (recorded_at DESC, entry_id DESC);
SELECT kit.protect('point_entries');
GRANT SELECT, INSERT ON point_entries TO xiangtu_service;

-- Where a village's households are governed from on a day, with the rules that hold there: the village that took it in, if it
-- was merged, and the nearest division at or above that with rules in effect. They hold whether the caller may see them or not.
CREATE FUNCTION point_rules_governing(villages text[], days date[])
RETURNS TABLE (village text, day date, governed text, content bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        WITH RECURSIVE heir (village, day, code, step) AS (
            SELECT asked.village, asked.day, asked.village COLLATE "C", 0 FROM unnest(villages, days) AS asked (village, day)
            UNION
            SELECT h.village, h.day, l.successor_code, h.step + 1 FROM heir h
            JOIN division_lineage l ON l.division_code = h.code AND l.kind = 'MERGED' AND l.effective_date <= h.day
            WHERE h.step < 100),
        last AS (SELECT DISTINCT ON (village, day) village, day, code FROM heir ORDER BY village, day, step DESC)
        SELECT last.village, last.day, last.code, rules.content FROM last LEFT JOIN LATERAL (
            SELECT r.content FROM point_rules r
            WHERE last.code ^@ r.division_code AND r.effective_from <= last.day
            ORDER BY length(r.division_code) DESC, r.version DESC LIMIT 1) rules ON true;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;

-- The whole accounts of households that the caller may see, also what was booked while they were registered elsewhere.
CREATE FUNCTION point_accounts(households text[])
RETURNS SETOF point_entries
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY SELECT * FROM point_entries WHERE household_id = ANY(households) ORDER BY household_id, number;
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;

-- Takes pieces out of stock, or puts them back if negative; false if fewer are there. A village takes from its township's shop.
CREATE FUNCTION point_goods_take(goods uuid, pieces integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    scope text := current_setting('xiangtu.scope');
    taken boolean;
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    UPDATE point_goods SET stock = stock - pieces WHERE goods_id = goods AND stock >= pieces;
    taken := FOUND;
    PERFORM set_config('xiangtu.scope', scope, true);
    RETURN taken;
END $$;
