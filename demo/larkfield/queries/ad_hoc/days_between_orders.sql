-- Days between two visits
-- How many days pass between two job orders of a tenant.
select
    j.tenant_id,
    j.job_id,
    date_diff('day', lag(j.scheduled_for) over (partition by j.tenant_id order by j.scheduled_for), j.scheduled_for) as days_since_last
from product.job_order as j
where j.scheduled_for is not null
