-- Reads of what was known at an instant look among what was superseded since, too.
CREATE INDEX divisions_superseded ON divisions (division_code, known_until) WHERE known_until IS NOT NULL;
CREATE INDEX division_profiles_superseded ON division_profiles (division_code, known_until) WHERE known_until IS NOT NULL;
CREATE INDEX household_carers_superseded ON household_carers (cadre_id, known_until) WHERE known_until IS NOT NULL;
