-- Roads as vehicles drive them. A network belongs to the division that it was imported for, ids are its own.
CREATE TABLE road_nodes (
    division_code text COLLATE "C" NOT NULL,
    node_id       text COLLATE "C" NOT NULL,
    lng           double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    lat           double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    updated_at    timestamptz      NOT NULL,
    PRIMARY KEY (division_code, node_id)
);
SELECT kit.protect('road_nodes');
GRANT SELECT, INSERT, UPDATE ON road_nodes TO xiangtu_service;

-- `bends`: the positions between the ends, `lng lat;lng lat`.
CREATE TABLE road_edges (
    division_code text COLLATE "C" NOT NULL,
    edge_id       text COLLATE "C" NOT NULL,
    from_node     text COLLATE "C" NOT NULL,
    to_node       text COLLATE "C" NOT NULL,
    length_mm     bigint      NOT NULL CHECK (length_mm BETWEEN 10 AND 1000000000),
    speed_kmh     integer     NOT NULL CHECK (speed_kmh BETWEEN 1 AND 150),
    max_gross_kg  bigint      CHECK (max_gross_kg BETWEEN 1 AND 1000000),
    oneway        boolean     NOT NULL,
    closed        boolean     NOT NULL,
    bends         text        NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (division_code, edge_id),
    FOREIGN KEY (division_code, from_node) REFERENCES road_nodes,
    FOREIGN KEY (division_code, to_node) REFERENCES road_nodes,
    CHECK (from_node <> to_node OR bends <> '')
);
SELECT kit.protect('road_edges');
GRANT SELECT, INSERT, UPDATE ON road_edges TO xiangtu_service;

-- Divisions that have roads. `version` rises with each import that changes something. Not under the row policy: townships drive on their county's roads.
CREATE TABLE road_networks (
    division_code text COLLATE "C" PRIMARY KEY,
    version       bigint      NOT NULL CHECK (version >= 1),
    changed_at    timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON road_networks TO xiangtu_service;
