-- Overdue amounts, twice
-- The mart's buckets beside the sum of open invoices; both must agree.
with buckets as (
    select d.as_of_date, d.bucket, sum(d.open_usd) as open_usd
    from mart.delinquency_aging as d
    group by d.as_of_date, d.bucket
),

invoices as (
    select sum(i.open_usd) as open_usd
    from core.fct_invoice as i
)

select
    b.as_of_date,
    b.bucket,
    b.open_usd,
    sum(b.open_usd) over () - i.open_usd as difference
from buckets as b
cross join invoices as i
