-- One row an invoice with what is still open and how long it is overdue.
select
    i.invoice_id,
    c.customer_key,
    i.issued_on,
    i.due_on,
    i.paid_on,
    i.total_usd,
    case when i.paid_on is null then i.total_usd else cast(0 as decimal(18, 2)) end as open_usd,
    case when i.paid_on is null then i.days_overdue else 0 end as days_overdue,
    case
        when i.paid_on is not null then 'paid'
        when i.days_overdue > 0 then 'overdue'
        else i.status
    end as state,
    'USD' as currency,
    cast(b.total / nullif(i.total_usd, 0) as decimal(18, 2)) as fx_rate
from stg.invoice as i
inner join billing.invoice as b on b.invoice_id = i.invoice_id
inner join core.dim_customer as c on c.customer_id = i.customer_id and c.is_current
