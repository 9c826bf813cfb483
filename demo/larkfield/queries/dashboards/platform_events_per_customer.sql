-- Events per customer
-- How unevenly customers load the stream.
select
    u.as_of_date,
    count(distinct u.customer_key) as customers,
    sum(u.events) as events,
    max(u.events) as most_events_of_a_tenant
from core.fct_usage_day as u
group by u.as_of_date
