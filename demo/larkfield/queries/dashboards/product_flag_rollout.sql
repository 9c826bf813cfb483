-- Rollout of flags
-- Which flag is on for how many tenants of a region.
select
    f.flag_key,
    t.region,
    count(*) filter (where f.enabled) as enabled_tenants,
    avg(f.rollout_pct) as rollout_pct
from product.feature_flag as f
inner join product.tenant as t on t.tenant_id = f.tenant_id
group by f.flag_key, t.region
