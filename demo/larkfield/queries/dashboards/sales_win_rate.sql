-- Win rate
-- Won deals among closed ones, by source and month.
select
    date_trunc('month', o.close_date) as close_month,
    o.lead_source,
    count(*) filter (where o.is_won) as won,
    count(*) as closed,
    cast(count(*) filter (where o.is_won) as double) / count(*) as win_rate
from crm.opportunity as o
where o.is_closed
group by date_trunc('month', o.close_date), o.lead_source
