-- One row a legal entity, named by billing; what billing does not say comes from the CRM.
with billed as (
    select
        c.legal_entity_id,
        min(c.legal_name) as legal_name,
        min(c.signed_at) as first_seen_at
    from billing.customer as c
    where c.legal_entity_id is not null
    group by c.legal_entity_id
),

accounts as (
    select
        a.account_id,
        s.legal_entity_id,
        p.legal_entity_id as parent_legal_entity_id,
        s.region,
        a.industry,
        a.employee_count
    from stg.account as s
    inner join crm.account as a on a.account_id = s.account_id
    left join stg.account as p on p.account_id = s.parent_account_id
    where s.legal_entity_id is not null
    qualify row_number() over (partition by s.legal_entity_id order by a.account_id) = 1
)

select
    b.legal_entity_id,
    b.legal_name,
    nullif(a.parent_legal_entity_id, b.legal_entity_id) as ultimate_parent_id,
    case a.region when 'EU' then 'DE' when 'UK' then 'GB' else 'US' end as country,
    coalesce(a.industry, 'unknown') as industry,
    case
        when a.employee_count < 50 then '1-49'
        when a.employee_count < 250 then '50-249'
        when a.employee_count < 1000 then '250-999'
        else '1000+'
    end as employee_band,
    'LedgerCore' as source_system,
    b.first_seen_at as valid_from,
    cast(null as timestamp) as valid_to,
    true as is_current
from billed as b
left join accounts as a on a.legal_entity_id = b.legal_entity_id
