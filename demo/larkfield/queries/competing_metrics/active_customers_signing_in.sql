-- Active customers that sign in
-- Customers of whom anybody signed in within 28 days.
select count(distinct t.customer_id) as active_customers
from product.login_event as l
inner join product.tenant as t on t.tenant_id = l.tenant_id
where l.success and l.occurred_at > cast(getvariable('as_of') as timestamp) - interval 28 day
