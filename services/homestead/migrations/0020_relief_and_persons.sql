-- Further hardship classes, and the size of a household, by which entitlement may differ.

ALTER TABLE household
    DROP CONSTRAINT household_relief_class_check,
    -- 1 低保, 2 五保, 3 残疾人家庭, 4 烈属; see RELIEF_CLASS in the contract.
    ADD CONSTRAINT household_relief_class_check CHECK (relief_class BETWEEN 1 AND 4),
    -- NULL while no register has stated it.
    ADD COLUMN registered_persons smallint CHECK (registered_persons BETWEEN 0 AND 100);
