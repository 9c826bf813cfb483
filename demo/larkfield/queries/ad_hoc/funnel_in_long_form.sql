-- The funnel in long form
-- One row for each stage of a week, as the chart wants it.
select u.week, u.source, u.stage, u.leads
from mart.lead_funnel_weekly
unpivot (leads for stage in (raw_leads, engaged, mql, sal, sql, won)) as u
