-- Active customers under contract
-- Whoever signed and has not closed, live or not.
select count(*) as active_customers
from billing.customer as c
where c.signed_at is not null and c.closed_at is null
