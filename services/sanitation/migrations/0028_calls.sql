-- A point that sorts has a stop for each stream. `call_id` is the id of the point, for kitchen waste with `.kitchen` behind.
ALTER TABLE unserved_points
    ADD stream text NOT NULL DEFAULT '' CHECK (stream IN ('', 'kitchen')),
    ADD call_id text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (CASE stream WHEN '' THEN point_id ELSE point_id || '.' || stream END) STORED,
    DROP CONSTRAINT unserved_points_pkey,
    ADD PRIMARY KEY (route_plan_id, call_id),
    DROP CONSTRAINT unserved_points_reason_check,
    ADD CONSTRAINT unserved_points_reason_check CHECK (
        reason IN ('no_vehicle', 'access', 'too_large', 'time_window', 'fleet_exhausted', 'no_road', 'no_station'));
ALTER TABLE week_points
    ADD stream text NOT NULL DEFAULT '' CHECK (stream IN ('', 'kitchen')),
    ADD call_id text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (CASE stream WHEN '' THEN point_id ELSE point_id || '.' || stream END) STORED,
    DROP CONSTRAINT week_points_pkey,
    ADD PRIMARY KEY (week_plan_id, call_id);
-- Their ids are `{date}/{call id}`.
ALTER TABLE stops ADD stream text NOT NULL DEFAULT '' CHECK (stream IN ('', 'kitchen'));
ALTER TABLE missed_collections ADD stream text NOT NULL DEFAULT '' CHECK (stream IN ('', 'kitchen'));
DROP INDEX missed_collections_standing;
CREATE UNIQUE INDEX missed_collections_standing ON missed_collections (point_id, date, stream) WHERE withdrawn_at IS NULL;
