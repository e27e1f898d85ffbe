-- What was closed stays closed, and shows it: a close states how many entries the book had, so a recount finds what was written
-- later and takes effect earlier. Times cannot tell: whoever waits for the book began before.

-- Of what was closed before this, everything written until now counts as written in time.
ALTER TABLE book_close ADD entries bigint CHECK (entries >= 0);
UPDATE book_close c SET entries = b.entries FROM book b WHERE b.division_code = c.division_code;
ALTER TABLE book_close ALTER entries SET NOT NULL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book_close FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON day_close FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
