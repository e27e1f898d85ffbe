-- The work list looks whether anything that was paid has been undone: reversals and corrections, which are few.
CREATE INDEX journal_entry_undone ON journal_entry (household_id) WHERE kind IN (3, 4);
