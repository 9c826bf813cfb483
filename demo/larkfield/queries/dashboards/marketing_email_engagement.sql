-- E-mail engagement
-- Opens and clicks by campaign and week.
select
    date_trunc('week', e.occurred_at) as week,
    e.campaign_id,
    count(*) filter (where e.event_type = 'sent') as sent,
    count(*) filter (where e.event_type = 'open') as opened,
    count(*) filter (where e.event_type = 'click') as clicked
from mktg.email_event as e
group by date_trunc('week', e.occurred_at), e.campaign_id
