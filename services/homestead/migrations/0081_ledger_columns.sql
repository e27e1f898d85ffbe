-- What the national ledger of homesteads (宅基地台账) states of a plot beyond what fees need.

ALTER TABLE parcel
    -- NULL while no register has stated it.
    ADD approved_dm2   bigint CHECK (approved_dm2 >= 0),
    ADD registered_dm2 bigint CHECK (registered_dm2 >= 0);
ALTER TABLE parcel_past
    ADD approved_dm2   bigint,
    ADD registered_dm2 bigint;

-- The ledger is made household by household.
CREATE INDEX parcel_past_household ON parcel_past (household_id);
CREATE INDEX vacating_household ON vacating (household_id);
