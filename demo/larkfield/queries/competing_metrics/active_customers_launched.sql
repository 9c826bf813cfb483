-- Active customers that are live
-- Customers with a tenant in use, whether they have paused or not.
select count(distinct c.customer_id) as active_customers
from billing.customer as c
inner join product.tenant as t on t.customer_id = c.customer_id
where c.signed_at is not null and c.closed_at is null and t.launched_at is not null
