-- What each tenant of a customer under contract did on each day, from four logs.
with happened as (
    select
        e.tenant_id,
        cast(e.occurred_at as date) as as_of_date,
        e.user_id,
        'event' as what
    from events.product_event as e

    union all

    select
        p.tenant_id,
        cast(p.occurred_at as date) as as_of_date,
        cast(null as bigint) as user_id,
        'ping' as what
    from events.device_ping as p

    union all

    select
        l.tenant_id,
        cast(l.occurred_at as date) as as_of_date,
        l.user_id,
        'login' as what
    from product.login_event as l
    where l.success

    union all

    select
        j.tenant_id,
        cast(j.completed_at as date) as as_of_date,
        j.technician_user_id as user_id,
        'job' as what
    from product.job_order as j
    where j.completed_at is not null
)

select
    h.as_of_date,
    h.tenant_id,
    c.customer_key,
    count(distinct h.user_id) as active_users,
    count(*) filter (where h.what = 'job') as jobs_completed,
    count(*) filter (where h.what = 'event') as events,
    count(*) filter (where h.what = 'login') as logins,
    count(*) filter (where h.what = 'ping') as device_pings,
    cast(getvariable('loaded_at') as timestamp) as loaded_at
from happened as h
inner join core.dim_customer as c on c.tenant_id = h.tenant_id and c.is_current
where c.state <> 'churned'
group by h.as_of_date, h.tenant_id, c.customer_key
