-- Scores of the next churn model, in the shadow
-- The newest features of each customer under the weights of version 4.0.
with newest as (
    select f.*
    from ml.churn_features as f
    qualify row_number() over (partition by f.customer_key order by f.as_of_date desc) = 1
)

select
    n.customer_key,
    '4.0' as model_version,
    1 / (1 + exp(2.4 + 0.04 * n.active_users_28d - 0.03 * n.overdue_days - 0.05 * n.paused_days)) as score,
    true as is_shadow
from newest as n
