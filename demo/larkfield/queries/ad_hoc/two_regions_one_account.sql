-- One account, two regions
-- Accounts whose region in the warehouse is not that of their tenant.
select place.tenant.region as tenant_region, place.account.region as account_region, count(*) as cases
from (
    select
        {
            'tenant': {'id': t.tenant_id, 'region': t.region},
            'account': {'id': c.account_id, 'region': c.region}
        } as place
    from core.dim_customer as c
    inner join product.tenant as t on t.tenant_id = c.tenant_id
    where t.region <> c.region
) as compared
group by all
