-- Discounts that bills earned by being paid in time.

CREATE TABLE discount_granted (
    bill_id       uuid PRIMARY KEY REFERENCES bill,
    division_code text COLLATE "C" NOT NULL,
    -- The last entry that granted it, and the one that took it back, if any.
    entry_id      uuid NOT NULL,
    saved_fen     bigint NOT NULL CHECK (saved_fen > 0),
    withdrawn_by  uuid
);
SELECT kit.protect('discount_granted');
GRANT SELECT, INSERT, UPDATE (entry_id, saved_fen, withdrawn_by) ON discount_granted TO xiangtu_service;

-- Up to which entry of a book discounts were looked for.
CREATE TABLE discount_looked (
    division_code text COLLATE "C" PRIMARY KEY,
    entries       bigint NOT NULL
);
SELECT kit.protect('discount_looked');
GRANT SELECT, INSERT, UPDATE ON discount_looked TO xiangtu_service;
