-- Who must not meet whom, and where households live: what sharing them among cadres goes by.

-- Village group as the register names it; unset where it does not.
ALTER TABLE household ADD COLUMN group_code text COLLATE "C";

CREATE TABLE recusal (
    household_id  text COLLATE "C" NOT NULL REFERENCES household,
    cadre_id      text COLLATE "C" NOT NULL REFERENCES cadre,
    division_code text COLLATE "C" NOT NULL,
    -- How they are related, or `none` once they no longer must not meet.
    relation      text NOT NULL,
    valid_from    date NOT NULL,
    PRIMARY KEY (household_id, cadre_id)
);
SELECT kit.protect('recusal');
GRANT SELECT, INSERT, UPDATE ON recusal TO xiangtu_service;
