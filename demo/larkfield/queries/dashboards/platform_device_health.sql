-- Health of devices
-- Devices seen in an hour and their battery.
select
    date_trunc('hour', p.occurred_at) as hour,
    count(distinct p.device_id) as devices,
    avg(p.battery_pct) as battery_pct
from events.device_ping as p
group by date_trunc('hour', p.occurred_at)
