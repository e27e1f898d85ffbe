-- Reads of what was known of grids at an instant look among what was superseded since, too.
CREATE INDEX grids_superseded ON grids (grid_code, known_until) WHERE known_until IS NOT NULL;
