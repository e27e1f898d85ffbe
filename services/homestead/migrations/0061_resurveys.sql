-- An objection to an area that was upheld keeps its plot disputed until the plot has been surveyed again.

ALTER TABLE objection
    -- Of objections that were upheld before this, the plots are disputed no longer.
    ADD COLUMN awaits_survey boolean NOT NULL DEFAULT false,
    -- The survey that followed.
    ADD COLUMN resurvey_id   uuid REFERENCES survey,
    ADD CONSTRAINT objection_awaits CHECK (NOT awaits_survey OR (ground = 1 AND state = 2 AND resurvey_id IS NULL));
DROP INDEX objection_parcel;
CREATE INDEX objection_parcel ON objection (parcel_id) WHERE state = 1 OR awaits_survey;
GRANT UPDATE (awaits_survey, resurvey_id) ON objection TO xiangtu_service;
