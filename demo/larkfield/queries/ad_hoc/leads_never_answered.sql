-- Leads that got no mail
-- Leads with a request for a demonstration that no mail ever went to.
select l.lead_id, l.email, l.created_at
from crm.lead as l
left join mktg.email_event as m on m.lead_id = l.lead_id and m.event_type = 'sent'
where l.demo_requested and m.event_id is null
