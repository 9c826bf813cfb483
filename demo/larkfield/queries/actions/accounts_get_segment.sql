-- Segments back to the CRM
-- Writes the warehouse's segment and region to each account.
update crm.account as a
set segment = c.segment, region = c.region, updated_at = cast(getvariable('loaded_at') as timestamp)
from core.dim_customer as c
where c.account_id = a.account_id and c.is_current and c.segment <> a.segment
