-- What is collected apart. Empty: whatever is not.

-- What goes into a bin.
ALTER TABLE bins ADD stream text NOT NULL DEFAULT ''
    CHECK (stream IN ('', 'residual', 'kitchen', 'recyclable', 'hazardous'));
-- Points that sort are read with each forecast.
CREATE INDEX bins_kitchen ON bins (left(division_code, 9), point_id) WHERE stream = 'kitchen';
-- The only stream that a vehicle carries.
ALTER TABLE vehicles ADD stream text NOT NULL DEFAULT ''
    CHECK (stream IN ('', 'residual', 'kitchen', 'recyclable', 'hazardous'));
-- What a station takes; empty: everything.
ALTER TABLE facilities ADD streams text[] NOT NULL DEFAULT '{}'
    CHECK (streams <@ ARRAY['residual', 'kitchen', 'recyclable', 'hazardous']);
-- What a trip carried.
ALTER TABLE trips ADD stream text NOT NULL DEFAULT ''
    CHECK (stream IN ('', 'residual', 'kitchen', 'recyclable', 'hazardous'));
