-- Steps taken towards debtors, and what was last told to others about collection.

-- Keeps everybody else from writing in these villages' books until the transaction ends, so that nobody is asked for money
-- that arrives meanwhile.
CREATE FUNCTION hold_books(p_division text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM book WHERE division_code = ANY (p_division) ORDER BY division_code FOR UPDATE;
END $$;
REVOKE EXECUTE ON FUNCTION hold_books FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_books TO xiangtu_service;

CREATE TABLE dunning_notice (
    id            uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    household_id  text COLLATE "C" NOT NULL REFERENCES portfolio,
    cadre_id      text COLLATE "C" NOT NULL REFERENCES cadre,
    -- DUNNING_STAGE.
    stage         smallint NOT NULL CHECK (stage BETWEEN 1 AND 5),
    overdue_fen   bigint NOT NULL CHECK (overdue_fen > 0),
    oldest_due_on date NOT NULL,
    notice_on     date NOT NULL,
    created_at    timestamptz NOT NULL,
    -- One step a household and day, whatever runs at the same time.
    UNIQUE (household_id, notice_on)
);
SELECT kit.protect('dunning_notice');
GRANT SELECT, INSERT ON dunning_notice TO xiangtu_service;

-- Up to which entry of a book `arrears.collected` was stated.
CREATE TABLE collection_stated (
    division_code text COLLATE "C" PRIMARY KEY,
    entries       bigint NOT NULL
);
SELECT kit.protect('collection_stated');
GRANT SELECT, INSERT, UPDATE ON collection_stated TO xiangtu_service;
