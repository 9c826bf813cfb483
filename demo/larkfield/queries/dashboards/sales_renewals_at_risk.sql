-- Renewals at risk
-- Customers, how likely they are to leave, and how much of their market is long overdue.
with overdue as (
    select
        a.segment,
        a.region,
        sum(a.open_usd) filter (where a.bucket = '90+') as long_overdue_usd,
        sum(a.open_usd) as overdue_usd
    from mart.delinquency_aging as a
    group by a.segment, a.region
)

select
    c.customer_key,
    c.customer_name,
    c.segment,
    c.region,
    c.state,
    c.first_contract_at,
    s.score as churn_score,
    s.band as churn_band,
    s.top_reason,
    cast(o.long_overdue_usd as double) / nullif(o.overdue_usd, 0) as long_overdue_share
from core.dim_customer as c
inner join ml.churn_scores as s on s.customer_key = c.customer_key
left join overdue as o on o.segment = c.segment and o.region = c.region
where c.is_current and c.state <> 'churned' and s.band <> 'low'
