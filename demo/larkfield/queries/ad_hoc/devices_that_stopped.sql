-- Devices that stopped
-- The last ping of each device, where it is older than a day.
select distinct on (p.device_id) p.device_id, p.tenant_id, p.battery_pct, p.occurred_at
from events.device_ping as p
where p.occurred_at > timestamp '2026-08-01'
order by p.device_id, p.occurred_at desc
