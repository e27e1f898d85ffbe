-- Scales and terminals, how long scales are calibrated, and what vehicles weigh empty.

CREATE TABLE devices (
    device_id     text COLLATE "C" PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    kind          text        NOT NULL CHECK (kind IN ('weighbridge', 'onboard_scale', 'terminal')),
    facility_id   text COLLATE "C" REFERENCES facilities,
    vehicle_id    text COLLATE "C" REFERENCES vehicles,
    model         text        NOT NULL,
    updated_at    timestamptz NOT NULL,
    CHECK (num_nonnulls(facility_id, vehicle_id) = 1)
);
CREATE INDEX devices_division ON devices (division_code, device_id);
SELECT kit.protect('devices');
GRANT SELECT, INSERT, UPDATE ON devices TO xiangtu_service;

CREATE TABLE calibrations (
    device_id     text COLLATE "C" NOT NULL REFERENCES devices,
    calibrated_on date NOT NULL,
    valid_until   date NOT NULL CHECK (valid_until >= calibrated_on),
    division_code text COLLATE "C" NOT NULL,
    PRIMARY KEY (device_id, calibrated_on)
);
SELECT kit.protect('calibrations');
GRANT SELECT, INSERT, UPDATE ON calibrations TO xiangtu_service;

CREATE TABLE tares (
    vehicle_id    text COLLATE "C" NOT NULL REFERENCES vehicles,
    weighed_on    date   NOT NULL,
    tare_kg       bigint NOT NULL CHECK (tare_kg > 0),
    division_code text COLLATE "C" NOT NULL,
    PRIMARY KEY (vehicle_id, weighed_on)
);
SELECT kit.protect('tares');
GRANT SELECT, INSERT, UPDATE ON tares TO xiangtu_service;

-- Townships see what their county owns: its plants weigh their waste.
CREATE POLICY above ON facilities FOR SELECT USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
CREATE POLICY above ON devices FOR SELECT USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
CREATE POLICY above ON calibrations FOR SELECT USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
