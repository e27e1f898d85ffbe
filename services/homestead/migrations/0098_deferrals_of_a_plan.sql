-- What an agreement has deferred by now is looked up whenever the agreement moves on.
CREATE INDEX deferral_plan ON deferral (plan_id) WHERE until_on IS NULL;
