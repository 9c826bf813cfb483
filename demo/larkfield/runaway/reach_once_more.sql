-- Reach of campaigns, once more
-- The same count for the twentieth time today.
select m.campaign_id, m.event_type, count(*) as messages
from mktg.email_event as m
group by m.campaign_id, m.event_type
