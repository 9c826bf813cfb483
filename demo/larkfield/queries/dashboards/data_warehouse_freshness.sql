-- Freshness of staging
-- When each staging model was last loaded.
select 'stg.lead' as model, max(l.loaded_at) as loaded_at, count(*) as entries
from stg.lead as l
union all
select 'stg.account' as model, max(a.loaded_at) as loaded_at, count(*) as entries
from stg.account as a
union all
select 'stg.invoice' as model, max(i.loaded_at) as loaded_at, count(*) as entries
from stg.invoice as i
union all
select 'stg.ticket' as model, max(t.loaded_at) as loaded_at, count(*) as entries
from stg.ticket as t
