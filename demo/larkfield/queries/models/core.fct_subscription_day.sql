-- One row a subscription and day, from its start to its end or today.
with days as (
    select cast(d.day as date) as as_of_date
    from generate_series(
        cast(getvariable('first_day') as date), cast(getvariable('as_of') as date), interval 1 day
    ) as d (day)
)

select
    d.as_of_date,
    s.subscription_id,
    c.customer_key,
    s.plan_code,
    s.seats,
    s.mrr_usd,
    case
        when s.cancelled_at <= d.as_of_date then 'cancelled'
        when s.paused_at <= d.as_of_date then 'paused'
        else 'active'
    end as state,
    coalesce(s.cancelled_at > d.as_of_date, true)
    and coalesce(s.paused_at > d.as_of_date, true) as is_active,
    cast(s.mrr_usd * 12 as decimal(18, 2)) as arr_usd,
    s.loaded_at
from stg.subscription as s
inner join days as d
    on d.as_of_date between cast(s.started_at as date)
    and coalesce(cast(s.cancelled_at as date), cast(getvariable('as_of') as date))
inner join core.dim_customer as c on c.customer_id = s.customer_id and c.is_current
