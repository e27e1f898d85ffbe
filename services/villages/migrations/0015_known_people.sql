-- Reads of what was known of people at an instant look among what was superseded since, too.
CREATE INDEX cadres_superseded ON cadres (cadre_id, known_until) WHERE known_until IS NOT NULL;
CREATE INDEX cadre_assignments_superseded ON cadre_assignments (cadre_id, known_until) WHERE known_until IS NOT NULL;
