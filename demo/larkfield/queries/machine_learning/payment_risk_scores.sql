-- How likely an invoice is to be paid late
-- A score from what the customer paid late before.
with history as (
    select
        i.invoice_id,
        i.customer_key,
        i.due_on,
        avg(case when i.days_overdue > 0 then 1.0 else 0.0 end) over (
            partition by i.customer_key order by i.issued_on rows between 12 preceding and 1 preceding
        ) as late_share
    from core.fct_invoice as i
)

select h.invoice_id, h.customer_key, coalesce(h.late_share, 0.2) as score
from history as h
where h.due_on > cast(getvariable('as_of') as date)
