-- Honours of households. A household is nominated for one once a season. `content` is the honour as it was nominated.
CREATE TABLE honours (
    honour_id     uuid        PRIMARY KEY,
    household_id  text COLLATE "C" NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    kind          text        NOT NULL,
    season        text COLLATE "C" NOT NULL,
    content       bytea       NOT NULL,
    nominated_at  timestamptz NOT NULL,
    UNIQUE (household_id, kind, season)
);
CREATE INDEX honours_list ON honours (nominated_at DESC, honour_id DESC);
SELECT kit.protect('honours');
GRANT SELECT, INSERT ON honours TO xiangtu_service;

-- What was done about an honour, in order; `state` is where it stands after it. Never changed. `content` is the entry as the
-- contract states it.
CREATE TABLE honour_entries (
    honour_id     uuid        NOT NULL REFERENCES honours,
    number        integer     NOT NULL CHECK (number >= 1),
    division_code text COLLATE "C" NOT NULL,
    state         text        NOT NULL,
    entry_date    date        NOT NULL,
    content       bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (honour_id, number)
);
SELECT kit.protect('honour_entries');
GRANT SELECT, INSERT ON honour_entries TO xiangtu_service;

-- How many households of a village may hold an honour of a season; the last one holds.
CREATE TABLE honour_quotas (
    quota_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    kind          text        NOT NULL,
    season        text COLLATE "C" NOT NULL,
    households    integer     NOT NULL CHECK (households >= 0),
    recorded_at   timestamptz NOT NULL
);
CREATE INDEX honour_quotas_village ON honour_quotas (division_code, kind, season, quota_id DESC);
SELECT kit.protect('honour_quotas');
GRANT SELECT, INSERT ON honour_quotas TO xiangtu_service;

-- A household's yuan for a month.
CREATE TABLE one_yuan_payments (
    household_id  text COLLATE "C" NOT NULL,
    month         date        NOT NULL CHECK (extract(day FROM month) = 1),
    division_code text COLLATE "C" NOT NULL,
    amount_fen    bigint      NOT NULL CHECK (amount_fen >= 100),
    recorded_by   text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (month, household_id)
);
SELECT kit.protect('one_yuan_payments');
GRANT SELECT, INSERT ON one_yuan_payments TO xiangtu_service;

-- Households of a village on a day, with those of villages that were merged into it, seen by the caller or not: all of them,
-- those with an honour in force (of a season, or of any where none is given), those that paid for the month of the day, and
-- what these paid.
CREATE FUNCTION honour_figures(village text, day date, honour text, of_season text)
RETURNS TABLE (households bigint, honoured bigint, paying bigint, paid_fen bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope text := current_setting('xiangtu.scope');
BEGIN
    PERFORM set_config('xiangtu.scope', '', true);
    RETURN QUERY
        WITH RECURSIVE merged (code) AS (
            SELECT honour_figures.village COLLATE "C"
            UNION
            SELECT l.division_code FROM merged m
            JOIN division_lineage l ON l.successor_code = m.code AND l.kind = 'MERGED' AND l.effective_date <= day)
        SELECT count(*), count(*) FILTER (WHERE EXISTS (
                SELECT FROM honours o WHERE o.household_id = h.household_id AND o.kind = honour
                    AND (of_season IS NULL OR o.season = of_season)
                    AND (SELECT e.state FROM honour_entries e WHERE e.honour_id = o.honour_id AND e.entry_date <= day
                         ORDER BY e.number DESC LIMIT 1) = 'GRANTED')),
            count(p.household_id), coalesce(sum(p.amount_fen), 0)::bigint
        FROM households h JOIN merged m ON h.division_code = m.code
        LEFT JOIN one_yuan_payments p ON p.household_id = h.household_id AND p.month = date_trunc('month', day)::date
        WHERE h.known_until IS NULL AND h.valid_from <= day AND (h.valid_until IS NULL OR h.valid_until > day);
    PERFORM set_config('xiangtu.scope', scope, true);
END $$;
