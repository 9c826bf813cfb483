-- Retention of customers and revenue
-- What is left of each cohort.
select
    r.cohort_month,
    r.period,
    r.segment,
    r.customers,
    r.retained,
    r.grr,
    r.nrr
from mart.customer_retention as r
