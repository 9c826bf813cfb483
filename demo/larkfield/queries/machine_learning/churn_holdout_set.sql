-- The part that the churn model never sees
-- One customer in ten, chosen by the digest of its key.
select f.* exclude (nps), coalesce(f.nps, 0) as nps
from ml.churn_features as f
where hash(f.customer_key) % 10 = 0
