-- The first touch of a lead
-- The earliest form, mail or visit of each lead, whichever came first.
with touched as (
    select f.lead_id, f.submitted_at as at, 'form' as what, f.utm_source as origin
    from mktg.form_submission as f
    union all
    select m.lead_id, m.occurred_at, 'mail', cast(m.campaign_id as varchar)
    from mktg.email_event as m
    where m.event_type = 'click'
    union all
    select w.lead_id, w.started_at, 'visit', w.referrer
    from mktg.web_session as w
)

select t.lead_id, t.at, t.what, t.origin
from touched as t
where t.lead_id is not null
qualify rank() over (partition by t.lead_id order by t.at) = 1
