-- Whose region?
-- Two tables have the column, and the query does not say which one it means.
select a.account_name, t.tenant_name, region
from stg.account as a
inner join core.dim_customer as c on c.account_id = a.account_id
inner join product.tenant as t on t.tenant_id = c.tenant_id
