-- The long tail
-- Share of revenue by tenth of customers, largest first.
with ranked as (
    select f.customer_key, f.arr_usd, ntile(10) over (order by f.arr_usd desc) as tenth
    from core.fct_subscription_day as f
    where f.as_of_date = date '2026-08-31' and f.is_active
)

select r.tenth, sum(r.arr_usd) as arr, sum(r.arr_usd) / sum(sum(r.arr_usd)) over () as share
from ranked as r
group by r.tenth
order by r.tenth
