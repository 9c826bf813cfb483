-- The probability that a customer leaves within 90 days: a logistic model with stated weights.
with weighed as (
    select
        f.customer_key,
        f.as_of_date,
        -2.1
        - 0.0011 * f.tenure_days
        - 0.031 * f.active_users_28d
        - 0.012 * f.logins_28d
        - 0.004 * f.jobs_28d
        + 0.090 * f.tickets_28d
        + 0.024 * f.overdue_days
        + 0.045 * f.paused_days
        - 0.010 * coalesce(f.nps, 0)
        - 0.0002 * f.seats
        - 0.00001 * f.mrr_usd as logit,
        case
            when f.overdue_days > 30 then 'overdue'
            when f.paused_days > 0 then 'paused'
            when f.active_users_28d = 0 then 'not used'
            else 'other'
        end as top_reason
    from ml.churn_features as f
)

select
    w.customer_key,
    cast(w.as_of_date as timestamp) as scored_at,
    'churn_90d' as model_name,
    '3.2' as model_version,
    1 / (1 + exp(-w.logit)) as score,
    case when w.logit > 0 then 'high' when w.logit > -1 then 'medium' else 'low' end as band,
    w.top_reason,
    md5(w.customer_key || cast(w.as_of_date as varchar)) as feature_snapshot_id,
    false as is_shadow,
    'run-' || strftime(w.as_of_date, '%Y%m%d') as run_id,
    cast(w.as_of_date as timestamp) + interval 30 day as expires_at
from weighed as w
