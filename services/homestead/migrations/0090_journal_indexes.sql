-- The work list looks whether anything that was paid has been undone: reversals and corrections, which are few.
CREATE INDEX journal_entry_undone ON journal_entry (household_id) WHERE kind IN (3, 4);

-- A month of a journal of years: entries mostly stand in the order of their days, so a summary of each stretch is enough, and
-- costs a payment nothing.
CREATE INDEX journal_entry_effective ON journal_entry USING brin (effective_on) WITH (pages_per_range = 32, autosummarize = on);
