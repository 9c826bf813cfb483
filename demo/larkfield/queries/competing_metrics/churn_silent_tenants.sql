-- Churn in use
-- Tenants of which nobody signed in for 28 days, as the product counts.
select count(*) as churned
from product.tenant as t
where not t.is_internal and not t.is_demo
    and t.tenant_id not in (
        select l.tenant_id
        from product.login_event as l
        where l.success and l.occurred_at > cast(getvariable('as_of') as timestamp) - interval 28 day
    )
