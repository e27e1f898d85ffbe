-- Public notices of debtors as they were posted. Never changed.

CREATE TABLE public_notice (
    id            uuid PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    notice_number bigint NOT NULL CHECK (notice_number > 0),
    as_of         date NOT NULL,
    from_on       date NOT NULL,
    last_on       date NOT NULL CHECK (from_on <= last_on),
    overdue_fen   bigint NOT NULL CHECK (overdue_fen > 0),
    lines         bigint NOT NULL CHECK (lines > 0),
    drafted_by    text NOT NULL,
    created_at    timestamptz NOT NULL,
    UNIQUE (division_code, notice_number)
);
SELECT kit.protect('public_notice');
GRANT SELECT, INSERT ON public_notice TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public_notice FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE public_notice_line (
    notice_id     uuid NOT NULL REFERENCES public_notice,
    line_number   integer NOT NULL,
    division_code text COLLATE "C" NOT NULL,
    household_id  text COLLATE "C" NOT NULL REFERENCES portfolio,
    -- As it was posted; a family name alone.
    masked_name   text NOT NULL,
    overdue_fen   bigint NOT NULL CHECK (overdue_fen > 0),
    oldest_due_on date NOT NULL,
    PRIMARY KEY (notice_id, line_number)
);
SELECT kit.protect('public_notice_line');
GRANT SELECT, INSERT ON public_notice_line TO xiangtu_service;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public_notice_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
