-- When vehicles of a division unloaded on a day.
CREATE INDEX stop_events_unloaded ON stop_events (division_code, event_at) WHERE kind = 'unloaded';
