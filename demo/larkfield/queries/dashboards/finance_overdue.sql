-- Overdue invoices
-- Open amounts by age.
select
    d.as_of_date,
    d.bucket,
    sum(d.open_usd) as open_usd,
    sum(d.invoices) as invoices,
    max(d.oldest_days) as oldest_days
from mart.delinquency_aging as d
group by d.as_of_date, d.bucket
