-- Changes of plan
-- Days on which a subscription moved to another plan.
select
    f.subscription_id,
    f.as_of_date,
    lag(f.plan_code) over w as was,
    f.plan_code as became
from core.fct_subscription_day as f
window w as (partition by f.subscription_id order by f.as_of_date)
qualify lag(f.plan_code) over w <> f.plan_code
