-- Cost of a new customer
-- What a won customer cost, by source and quarter.
select
    date_trunc('quarter', f.week) as quarter,
    f.source,
    sum(f.spend) as spend,
    sum(f.won) as won,
    sum(f.spend) / nullif(sum(f.won), 0) as cac
from mart.lead_funnel_weekly as f
group by date_trunc('quarter', f.week), f.source
