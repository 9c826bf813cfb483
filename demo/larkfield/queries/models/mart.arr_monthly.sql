-- Annual recurring revenue by month, and what moved it.
with month_ends as (
    select
        date_trunc('month', f.as_of_date) as month,
        f.customer_key,
        sum(f.arr_usd) filter (where f.is_active) as arr
    from core.fct_subscription_day as f
    where f.as_of_date = last_day(f.as_of_date)
    group by date_trunc('month', f.as_of_date), f.customer_key
),

moves as (
    select
        m.month,
        m.customer_key,
        coalesce(m.arr, 0) as closing,
        coalesce(lag(m.arr) over (partition by m.customer_key order by m.month), 0) as opening
    from month_ends as m
)

select
    cast(m.month as date) as month,
    c.segment,
    c.region,
    cast(sum(m.opening) as decimal(18, 2)) as opening_arr,
    cast(sum(m.closing) filter (where m.opening = 0) as decimal(18, 2)) as new_arr,
    cast(
        sum(m.closing - m.opening) filter (where m.opening > 0 and m.closing > m.opening)
        as decimal(18, 2)
    ) as expansion_arr,
    cast(
        sum(m.opening - m.closing) filter (where m.closing > 0 and m.closing < m.opening)
        as decimal(18, 2)
    ) as contraction_arr,
    cast(sum(m.opening) filter (where m.closing = 0) as decimal(18, 2)) as churned_arr,
    cast(sum(m.closing) as decimal(18, 2)) as closing_arr,
    count(distinct m.customer_key) filter (where m.closing > 0) as customers
from moves as m
inner join core.dim_customer as c on c.customer_key = m.customer_key and c.is_current
group by cast(m.month as date), c.segment, c.region
