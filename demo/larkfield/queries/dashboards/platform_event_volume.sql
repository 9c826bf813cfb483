-- Event volume
-- Events by hour and how late they came.
select
    date_trunc('hour', e.received_at) as hour,
    e.platform,
    count(*) as events,
    avg(date_diff('second', e.occurred_at, e.received_at)) as seconds_late
from events.product_event as e
group by date_trunc('hour', e.received_at), e.platform
