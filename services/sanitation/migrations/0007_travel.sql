-- Where the distances of a plan come from, and the lines of its trips where they follow roads: `[[[lng, lat], …], …]` by trip.
ALTER TABLE route_plans ADD COLUMN travel_source text NOT NULL DEFAULT 'great_circle'
    CHECK (travel_source IN ('great_circle', 'roads', 'osrm'));
ALTER TABLE routes ADD COLUMN lines jsonb;
ALTER TABLE unserved_points
    DROP CONSTRAINT unserved_points_reason_check,
    ADD CHECK (reason IN ('no_vehicle', 'access', 'too_large', 'time_window', 'fleet_exhausted', 'no_road'));
