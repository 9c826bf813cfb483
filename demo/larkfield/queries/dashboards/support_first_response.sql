-- Time to first response
-- Median hours by priority and week.
select
    date_trunc('week', t.created_at) as week,
    t.priority,
    median(date_diff('minute', t.created_at, t.first_response_at)) / 60 as hours
from stg.ticket as t
where t.first_response_at is not null
group by date_trunc('week', t.created_at), t.priority
