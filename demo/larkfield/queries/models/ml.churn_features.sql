-- What the churn model sees of a customer on a day.
with usage as (
    select
        u.customer_key,
        cast(sum(u.active_users) as bigint) as active_users_28d,
        cast(sum(u.logins) as bigint) as logins_28d,
        cast(sum(u.jobs_completed) as bigint) as jobs_28d
    from core.fct_usage_day as u
    where u.as_of_date > cast(getvariable('as_of') as date) - interval 28 day
    group by u.customer_key
),

tickets as (
    select
        t.tenant_id,
        count(*) as tickets_28d
    from stg.ticket as t
    where t.created_at > cast(getvariable('as_of') as timestamp) - interval 28 day
    group by t.tenant_id
),

overdue as (
    select
        i.customer_key,
        max(i.days_overdue) as overdue_days
    from core.fct_invoice as i
    group by i.customer_key
),

asked as (
    select
        t.tenant_id,
        cast(avg(t.csat) * 20 - 50 as bigint) as nps
    from support.ticket as t
    group by t.tenant_id
)

select
    c.customer_key,
    f.as_of_date,
    date_diff('day', c.first_contract_at, cast(f.as_of_date as timestamp)) as tenure_days,
    cast(sum(f.seats) as bigint) as seats,
    cast(sum(f.mrr_usd) as decimal(18, 2)) as mrr_usd,
    coalesce(max(u.active_users_28d), 0) as active_users_28d,
    coalesce(max(u.logins_28d), 0) as logins_28d,
    coalesce(max(u.jobs_28d), 0) as jobs_28d,
    coalesce(max(t.tickets_28d), 0) as tickets_28d,
    coalesce(max(o.overdue_days), 0) as overdue_days,
    count(*) filter (where f.state = 'paused') as paused_days,
    max(a.nps) as nps,
    bool_or(c.state = 'churned') as label_churn_90d
from core.dim_customer as c
inner join core.fct_subscription_day as f on f.customer_key = c.customer_key
left join usage as u on u.customer_key = c.customer_key
left join overdue as o on o.customer_key = c.customer_key
left join tickets as t on t.tenant_id = c.tenant_id
left join asked as a on a.tenant_id = c.tenant_id
where c.is_current
group by c.customer_key, f.as_of_date, c.first_contract_at
