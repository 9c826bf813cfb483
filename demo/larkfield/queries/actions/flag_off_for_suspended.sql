-- Flags off for suspended tenants
-- A tenant that is suspended tries nothing new.
update product.feature_flag as f
set enabled = false, rollout_pct = 0
from product.tenant as t
where t.tenant_id = f.tenant_id and t.suspended_at is not null and f.enabled
