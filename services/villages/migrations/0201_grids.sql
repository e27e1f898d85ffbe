-- Grids of the ban on straw burning, versioned like divisions. A small grid names its large grid; a large grid has an empty
-- parent. `boundary` is the area as the contract states it, in WGS-84; the box around it, in 1e-7 degrees, finds the few grids
-- that a place can lie in.
CREATE TABLE grids (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    grid_code     text COLLATE "C" NOT NULL CHECK (grid_code ~ '^[1-9][0-9A-Za-z-]{6,35}$'),
    division_code text COLLATE "C" NOT NULL,
    parent_code   text COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    boundary      bytea       NOT NULL,
    west          integer     NOT NULL,
    south         integer     NOT NULL,
    east          integer     NOT NULL CHECK (east >= west),
    north         integer     NOT NULL CHECK (north >= south),
    valid_from    date        NOT NULL,
    valid_until   date,
    known_from    timestamptz NOT NULL,
    known_until   timestamptz,
    CHECK (valid_until > valid_from)
);
CREATE UNIQUE INDEX grids_current ON grids (grid_code, valid_from) WHERE known_until IS NULL;
CREATE UNIQUE INDEX grids_open ON grids (grid_code) WHERE known_until IS NULL AND valid_until IS NULL;
CREATE INDEX grids_parent ON grids (parent_code) WHERE known_until IS NULL AND parent_code <> '';
-- Of integers and codes alone, so that the row policy lets it be used.
CREATE INDEX grids_box ON grids (division_code, west, east, south, north) WHERE known_until IS NULL;
SELECT kit.protect('grids');
GRANT SELECT, INSERT, UPDATE (known_until) ON grids TO xiangtu_service;
