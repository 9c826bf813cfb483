-- MQL for sales
-- Leads that sales works on because a request came with them.
select count(*) as mql
from crm.lead as l
where l.demo_requested and l.status <> 'disqualified' and l.owner_employee_id is not null
