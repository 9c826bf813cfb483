-- What tells that a lead will buy
-- Visits, forms and mails of a lead before it was qualified.
select
    l.lead_id,
    l.source,
    count(distinct w.session_id) as visits,
    sum(w.page_views) as pages,
    count(distinct f.submission_id) as forms,
    max(l.status = 'converted') as label
from stg.lead as l
left join mktg.web_session as w on w.lead_id = l.lead_id and w.started_at < l.qualified_at
left join mktg.form_submission as f on f.lead_id = l.lead_id and f.submitted_at < l.qualified_at
where not l.is_test
group by l.lead_id, l.source
