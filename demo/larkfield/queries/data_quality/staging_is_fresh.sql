-- Staging was loaded today
-- Staging models whose newest row is older than a day.
select count(*) as violations
from (
    select max(l.loaded_at) as loaded_at from stg.lead as l
    union all
    select max(i.loaded_at) from stg.invoice as i
    union all
    select max(s.loaded_at) from stg.subscription as s
) as loads
where loads.loaded_at < cast(getvariable('as_of') as timestamp) - interval 1 day
