-- A year of events
-- Which screens are opened, over every day there is.
select e.event_name, e.app_version, count(*) as events
from events.product_event as e
where e.occurred_at between timestamp '2025-09-01' and timestamp '2026-08-31'
group by e.event_name, e.app_version
