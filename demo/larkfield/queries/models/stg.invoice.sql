-- One row an invoice, its total in dollars.
select
    i.invoice_id,
    i.customer_id,
    i.issued_on,
    i.due_on,
    i.paid_on,
    cast(
        i.total * case i.currency when 'USD' then 1.00 when 'EUR' then 1.10 when 'GBP' then 1.27 end
        as decimal(18, 2)
    ) as total_usd,
    i.status,
    i.days_overdue,
    cast(getvariable('loaded_at') as timestamp) as loaded_at
from billing.invoice as i
where i.status <> 'void'
