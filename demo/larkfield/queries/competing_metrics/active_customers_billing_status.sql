-- Active customers by status
-- What billing marks as active.
select count(*) as active_customers
from billing.customer as c
where c.status = 'active'
