-- Churn in revenue
-- Recurring revenue lost with customers that left, as finance reports it.
select a.month, sum(a.churned_arr) as churned, sum(a.churned_arr) / nullif(sum(a.opening_arr), 0) as rate
from mart.arr_monthly as a
group by a.month
