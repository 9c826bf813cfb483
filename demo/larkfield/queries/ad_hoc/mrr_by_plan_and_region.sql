-- Revenue by plan, by region and in all
-- Three groupings of monthly revenue in one answer.
select f.plan_code, c.region, sum(f.mrr_usd) as mrr
from core.fct_subscription_day as f
inner join core.dim_customer as c on c.customer_key = f.customer_key
where f.as_of_date = date '2026-08-31'
group by grouping sets ((f.plan_code), (c.region), ())
