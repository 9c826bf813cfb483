-- One row a CRM account, with segment and region in one spelling.
select
    a.account_id,
    trim(a.account_name) as account_name,
    a.parent_account_id,
    nullif(trim(a.legal_entity_id), '') as legal_entity_id,
    lower(coalesce(a.segment, 'unknown')) as segment,
    upper(coalesce(a.region, 'other')) as region,
    a.status,
    a.status = 'deleted' as is_deleted,
    cast(getvariable('loaded_at') as timestamp) as loaded_at
from crm.account as a
