-- Forecast by quarter and region
-- Open opportunities weighted by probability, with sub-totals.
select
    date_trunc('quarter', o.close_date) as quarter,
    a.region,
    sum(o.amount * o.probability) as weighted,
    count(*) as deals
from crm.opportunity as o
inner join stg.account as a on a.account_id = o.account_id
where not o.is_closed
group by rollup (date_trunc('quarter', o.close_date), a.region)
order by quarter, region
