-- The days without events
-- Days on which a stream was silent.
with days as (
    select cast(d.day as date) as day
    from generate_series(date '2026-01-01', date '2026-09-06', interval 1 day) as d (day)
)

select d.day
from days as d
left join events.product_event as e on cast(e.occurred_at as date) = d.day
group by d.day
having count(e.event_id) = 0
