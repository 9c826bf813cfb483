-- Lines make the total
-- Invoices whose lines do not add up to the sub-total.
with summed as (
    select l.invoice_id, sum(l.amount) as amount
    from billing.invoice_line as l
    group by l.invoice_id
)

select count(*) as violations
from billing.invoice as i
inner join summed as s on s.invoice_id = i.invoice_id
where s.amount is distinct from i.subtotal
