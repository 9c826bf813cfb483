-- Customers above their limit
-- Open amounts that exceed what a customer may owe.
select c.customer_id, c.legal_name, c.credit_limit, o.open_amount
from billing.customer as c,
    lateral (
        select sum(i.total) as open_amount
        from billing.invoice as i
        where i.customer_id = c.customer_id and i.paid_on is null
    ) as o
where o.open_amount > c.credit_limit
