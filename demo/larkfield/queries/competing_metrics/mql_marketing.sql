-- MQL for marketing
-- New leads with a score of 50 or a request for a demonstration.
select count(*) as mql
from crm.lead as l
where l.status = 'new' and (coalesce(l.score, 0) >= 50 or l.demo_requested)
