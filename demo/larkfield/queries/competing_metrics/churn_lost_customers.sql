-- Churn in customers
-- Customers that reached the state churned, by month.
select date_trunc('month', c.state_since) as month, count(*) as churned
from core.dim_customer as c
where c.is_current and c.state = 'churned'
group by date_trunc('month', c.state_since)
