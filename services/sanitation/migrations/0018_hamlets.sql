-- Where the households of a village stand: natural villages, groups, or single houses.
CREATE TABLE hamlets (
    hamlet_id       text COLLATE "C" PRIMARY KEY,
    division_code   text COLLATE "C" NOT NULL,
    display_name    text             NOT NULL,
    household_count bigint           NOT NULL CHECK (household_count >= 0),
    -- NULL: as the norms say of the village.
    clustered       boolean,
    lng             double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    lat             double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    updated_at      timestamptz      NOT NULL
);
CREATE INDEX hamlets_division ON hamlets (division_code, hamlet_id);
SELECT kit.protect('hamlets');
GRANT SELECT, INSERT, UPDATE ON hamlets TO xiangtu_service;
