-- Retention as a curve
-- Customers left of a cohort, as a share of its first month.
select
    r.cohort_month,
    r.period,
    sum(r.retained) / first_value(sum(r.customers)) over (
        partition by r.cohort_month order by r.period
    ) as share_left
from mart.customer_retention as r
group by r.cohort_month, r.period
