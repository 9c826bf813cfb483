-- Every lead with every campaign
-- A join without a condition multiplies both tables.
select l.lead_id, c.campaign_id, c.name
from crm.lead as l, crm.campaign as c
where c.status = 'running'
