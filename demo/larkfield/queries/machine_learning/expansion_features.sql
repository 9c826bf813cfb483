-- What tells that a customer will grow
-- Growth of seats and use over three months, for each customer.
with monthly as (
    select f.customer_key, date_trunc('month', f.as_of_date) as month, max(f.seats) as seats
    from core.fct_subscription_day as f
    where f.is_active
    group by f.customer_key, date_trunc('month', f.as_of_date)
)

select
    m.customer_key,
    m.month,
    m.seats - lag(m.seats, 3) over (partition by m.customer_key order by m.month) as more_seats,
    (
        select avg(u.jobs_completed)
        from core.fct_usage_day as u
        where u.customer_key = m.customer_key and date_trunc('month', u.as_of_date) = m.month
    ) as jobs_a_day
from monthly as m
