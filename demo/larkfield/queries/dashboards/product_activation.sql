-- Activation
-- Days from contract to launch, and use in the first month.
select
    c.segment,
    date_trunc('month', c.first_contract_at) as contract_month,
    avg(date_diff('day', c.first_contract_at, c.launched_at)) as days_to_launch,
    count(distinct c.customer_key) as customers,
    avg(u.active_users) as active_users
from core.dim_customer as c
left join core.fct_usage_day as u on u.customer_key = c.customer_key
where c.is_current and c.state <> 'churned'
group by c.segment, date_trunc('month', c.first_contract_at)
