-- MQL for the company
-- A score of 50 with a request, or 80: the definition of DGP-0003.
select count(*) as mql
from crm.lead as l
where (coalesce(l.score, 0) >= 50 and l.demo_requested) or coalesce(l.score, 0) >= 80
