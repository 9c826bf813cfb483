-- A column that is not there
-- The invoice has a total; nobody ever called it amount_due.
select i.invoice_id, i.amount_due
from billing.invoice as i
where i.paid_on is null
