-- Lead funnel
-- Leads by week and source, from raw to won.
select
    f.week,
    f.source,
    f.raw_leads,
    f.engaged,
    f.mql,
    f.sql,
    f.won,
    f.mql_to_sql_rate
from mart.lead_funnel_weekly as f
