-- Tickets against their average
-- Tickets of a week beside the mean of the four weeks before.
with weekly as (
    select date_trunc('week', t.created_at) as week, t.priority, count(*) as tickets
    from stg.ticket as t
    group by date_trunc('week', t.created_at), t.priority
)

select
    w.week,
    w.priority,
    w.tickets,
    avg(w.tickets) over (
        partition by w.priority order by w.week rows between 4 preceding and 1 preceding
    ) as usual
from weekly as w
