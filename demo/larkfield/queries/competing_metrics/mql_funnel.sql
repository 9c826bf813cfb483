-- MQL in the funnel
-- What the mart counts by week, over all sources.
select f.week, sum(f.mql) as mql
from mart.lead_funnel_weekly as f
group by f.week
