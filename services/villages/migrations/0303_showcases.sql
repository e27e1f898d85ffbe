-- Showcases as they were nominated, with the name of the person sealed. `content` is the showcase as the contract states it,
-- without that name.
CREATE TABLE showcases (
    showcase_id   uuid        PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    kind          text        NOT NULL,
    person_name   bytea       NOT NULL,
    content       bytea       NOT NULL,
    nominated_at  timestamptz NOT NULL
);
CREATE INDEX showcases_list ON showcases (nominated_at DESC, showcase_id DESC);
SELECT kit.protect('showcases');
GRANT SELECT, INSERT ON showcases TO xiangtu_service;

-- What became of a showcase: one approval, one withdrawal. `content` holds what the contract states of it.
CREATE TABLE showcase_decisions (
    showcase_id   uuid        NOT NULL REFERENCES showcases,
    state         text        NOT NULL CHECK (state IN ('APPROVED', 'WITHDRAWN')),
    division_code text COLLATE "C" NOT NULL,
    content       bytea       NOT NULL,
    decided_at    timestamptz NOT NULL,
    PRIMARY KEY (showcase_id, state)
);
SELECT kit.protect('showcase_decisions');
GRANT SELECT, INSERT ON showcase_decisions TO xiangtu_service;

-- Groups that answer for publicity; the last one of a division holds. Those for whom they answer may read them.
CREATE TABLE publicity_groups (
    group_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    division_code text COLLATE "C" NOT NULL,
    content       bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL
);
CREATE INDEX publicity_groups_division ON publicity_groups (division_code, group_id DESC);
SELECT kit.protect('publicity_groups');
CREATE POLICY bound ON publicity_groups FOR SELECT
    USING ((SELECT current_setting('xiangtu.scope')) ^@ division_code);
GRANT SELECT, INSERT ON publicity_groups TO xiangtu_service;
