-- Seals, residue, rejections with the way back, and corrections as versions.

ALTER TABLE hand_overs
    DROP CONSTRAINT hand_overs_kind_check,
    ADD CONSTRAINT hand_overs_kind_check
        CHECK (kind IN ('collected', 'received', 'dispatched', 'delivered', 'rejected', 'returned')),
    ADD seal_number       text    NOT NULL DEFAULT '',
    ADD seal_state        text    NOT NULL DEFAULT '' CHECK (seal_state IN ('', 'intact', 'broken', 'missing')),
    ADD residue_kg        bigint  CHECK (residue_kg >= 0),
    ADD reason            text    NOT NULL DEFAULT '',
    -- Position of the record that this one takes the place of; a record is corrected once, its correction again.
    ADD corrects          integer CHECK (corrects < position),
    ADD correction_reason text    NOT NULL DEFAULT '',
    ADD version           integer NOT NULL DEFAULT 1,
    ADD CONSTRAINT hand_overs_correction CHECK ((corrects IS NULL) = (version = 1)),
    ADD FOREIGN KEY (trip_id, corrects) REFERENCES hand_overs (trip_id, position);
CREATE UNIQUE INDEX hand_overs_corrected ON hand_overs (trip_id, corrects) WHERE corrects IS NOT NULL;
-- The residue of the vehicle's trip before is aboard.
CREATE INDEX trips_vehicle ON trips (vehicle_id, departed_at);

-- The newest version of every record: what balances and forecasts reckon with.
CREATE VIEW current_hand_overs WITH (security_invoker = true) AS
    SELECT * FROM hand_overs h
    WHERE NOT EXISTS (SELECT FROM hand_overs n WHERE n.trip_id = h.trip_id AND n.corrects = h.position);
GRANT SELECT ON current_hand_overs TO xiangtu_service;

-- What a record states beyond what all records state, canonical: an object without empty members.
CREATE FUNCTION hand_over_more(
    seal_number text, seal_state text, residue_kg bigint, reason text, corrects integer, correction_reason text,
    version integer
) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'why', nullif(correction_reason, ''), 'seal', nullif(seal_number, ''), 'state', nullif(seal_state, ''),
        'reason', nullif(reason, ''), 'version', nullif(version, 1), 'corrects', corrects, 'residue_kg', residue_kg))
$$;

-- As before, with `more` as one more element where there is any: chains that are recorded stay as they are.
CREATE FUNCTION hand_over_digest(
    previous bytea, trip_id text, "position" integer, kind text, giver text, taker text, at timestamptz,
    gross_kg bigint, tare_kg bigint, net_kg bigint, bin_count integer, device text,
    giver_signer text, giver_value bytea, taker_signer text, taker_value bytea, more jsonb
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(previous || convert_to((jsonb_build_array(
        trip_id, "position", kind, giver, taker, (extract(epoch FROM at) * 1000000)::bigint,
        gross_kg, tare_kg, net_kg, bin_count, device,
        giver_signer, encode(giver_value, 'hex'), taker_signer, encode(taker_value, 'hex'))
        || CASE WHEN more = '{}' THEN '[]'::jsonb ELSE jsonb_build_array(more) END)::text, 'UTF8'))
$$;

-- Anomalies that corrected or late records have explained are withdrawn, not deleted. Their key is given back, so that the same
-- may be found again.
ALTER TABLE anomalies ADD withdrawn_at timestamptz;
GRANT UPDATE (withdrawn_at, anomaly_key) ON anomalies TO xiangtu_service;
