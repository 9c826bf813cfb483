-- For whom a flag is on
-- Tenants of a flag in one cell, in order of their names.
select
    f.flag_key,
    string_agg(t.tenant_name, ', ' order by t.tenant_name) as tenants,
    max(f.changed_at) as changed_at
from product.feature_flag as f
natural join product.tenant as t
where f.enabled
group by f.flag_key
