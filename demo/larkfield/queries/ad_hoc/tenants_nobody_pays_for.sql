-- Tenants nobody pays for
-- Tenants of customers, less those whose customer was invoiced.
select t.tenant_id, t.customer_id from product.tenant as t where not t.is_internal
except
select t.tenant_id, i.customer_id
from product.tenant as t
inner join billing.invoice as i on i.customer_id = t.customer_id
