-- Every event that ever was
-- Two streams joined over all time: no condition on when.
select e.event_name, count(*) as events, avg(p.battery_pct) as battery_pct
from events.product_event as e
inner join events.device_ping as p on p.tenant_id = e.tenant_id
group by e.event_name
