-- Open invoices by how long they are overdue.
select
    cast(getvariable('as_of') as date) as as_of_date,
    case
        when i.days_overdue <= 0 then 'current'
        when i.days_overdue <= 30 then '1-30'
        when i.days_overdue <= 60 then '31-60'
        when i.days_overdue <= 90 then '61-90'
        else '90+'
    end as bucket,
    count(distinct i.customer_key) as customers,
    count(*) as invoices,
    cast(sum(i.open_usd) as decimal(18, 2)) as open_usd,
    max(i.days_overdue) as oldest_days,
    c.segment,
    c.region
from core.fct_invoice as i
inner join core.dim_customer as c on c.customer_key = i.customer_key and c.is_current
where i.open_usd > 0
group by bucket, c.segment, c.region
