-- Calls
-- Minutes recorded by language and week.
select
    date_trunc('week', r.recorded_at) as week,
    r.language,
    count(*) as calls,
    sum(r.duration_s) / 60 as minutes
from support.call_recording as r
group by date_trunc('week', r.recorded_at), r.language
