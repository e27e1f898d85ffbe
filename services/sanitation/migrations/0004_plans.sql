-- Versions of the sanitation section of the plan package. Not under the row policy: a county's plan binds its townships, so
-- they read it; queries hold versions to divisions inside and above the caller's.
CREATE TABLE plan_versions (
    plan_id        uuid PRIMARY KEY,
    division_code  text COLLATE "C" NOT NULL,
    version        integer     NOT NULL CHECK (version >= 1),
    effective_date date        NOT NULL,
    norms          jsonb       NOT NULL,
    created_at     timestamptz NOT NULL,
    UNIQUE (division_code, version)
);
GRANT SELECT, INSERT ON plan_versions TO xiangtu_service;

-- Facts of a village as last told to the other services.
CREATE TABLE compliance_facts (
    division_code        text COLLATE "C" PRIMARY KEY,
    household_count      bigint      NOT NULL,
    bin_count            bigint      NOT NULL,
    sealed_bin_count     bigint      NOT NULL,
    required_bin_count   bigint      NOT NULL,
    full_marks_bin_count bigint      NOT NULL,
    marks_permille       bigint      NOT NULL,
    compliant            boolean     NOT NULL,
    assessed_at          timestamptz NOT NULL
);
SELECT kit.protect('compliance_facts');
GRANT SELECT, INSERT, UPDATE ON compliance_facts TO xiangtu_service;
