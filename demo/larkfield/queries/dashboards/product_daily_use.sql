-- Daily use
-- Users, jobs and pings of a day.
select
    u.as_of_date,
    sum(u.active_users) as active_users,
    sum(u.jobs_completed) as jobs_completed,
    sum(u.device_pings) as device_pings
from core.fct_usage_day as u
group by u.as_of_date
