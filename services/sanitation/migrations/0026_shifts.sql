-- When vehicles of a division unloaded on a day.
CREATE INDEX stop_events_unloaded ON stop_events (division_code, event_at) WHERE kind = 'unloaded';

-- How long vehicles are out past the ends of their shifts; 0 in plans that are older than this column.
ALTER TABLE routes ADD overtime_s bigint NOT NULL DEFAULT 0 CHECK (overtime_s >= 0);
