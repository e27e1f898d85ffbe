-- Closing books: forward only.

CREATE TABLE book_close (
    id            uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    -- Day after the last one of the period.
    closed_before date NOT NULL,
    closer        text NOT NULL,
    closed_at     timestamptz NOT NULL,
    UNIQUE (division_code, closed_before)
);
SELECT kit.protect('book_close');
GRANT SELECT, INSERT ON book_close TO xiangtu_service;

-- Closes those of the books that are inside the caller's division and not closed that far, and answers which.
CREATE FUNCTION close_books(p_division text[], p_before date) RETURNS SETOF text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE book SET closed_before = p_before
    WHERE division_code = ANY (p_division) AND division_code ^@ current_setting('xiangtu.scope')
      AND (closed_before IS NULL OR closed_before < p_before)
    RETURNING division_code
$$;
REVOKE EXECUTE ON FUNCTION close_books FROM PUBLIC;
GRANT EXECUTE ON FUNCTION close_books TO xiangtu_service;
