-- One row a contract partner of a legal entity, in the state that the adopted life cycle gives it.
with subscribed as (
    select
        s.customer_id,
        min(s.plan_code) as plan_code,
        count(*) filter (where s.cancelled_at is null) as contract_count,
        bool_and(s.paused_at is not null) as is_paused,
        bool_or(s.cancel_requested_at is not null) as is_leaving,
        bool_and(s.cancelled_at is not null) as has_left,
        max(coalesce(s.cancelled_at, s.paused_at, s.started_at)) as changed_at
    from stg.subscription as s
    group by s.customer_id
),

invoiced as (
    select
        i.customer_id,
        max(i.days_overdue) as days_overdue
    from stg.invoice as i
    where i.paid_on is null
    group by i.customer_id
),

tenants as (
    select
        t.customer_id,
        min(t.tenant_id) as tenant_id,
        min(t.launched_at) as launched_at
    from product.tenant as t
    where not t.is_internal and not t.is_demo and t.suspended_at is null
    group by t.customer_id
),

stated as (
    select
        c.customer_id,
        c.legal_entity_id,
        c.account_id,
        t.tenant_id,
        c.legal_name as customer_name,
        a.segment,
        a.region,
        s.plan_code,
        c.signed_at as first_contract_at,
        t.launched_at,
        case
            when c.closed_at is not null or s.has_left then 'churned'
            when s.is_leaving then 'pending_cancel'
            when t.launched_at is null then 'onboarding'
            when s.is_paused then 'paused'
            when i.days_overdue > 30 then 'delinquent'
            else 'active'
        end as state,
        coalesce(c.closed_at, s.changed_at, t.launched_at, c.signed_at) as state_since,
        s.contract_count
    from billing.customer as c
    left join stg.account as a on a.account_id = c.account_id
    left join subscribed as s on s.customer_id = c.customer_id
    left join invoiced as i on i.customer_id = c.customer_id
    left join tenants as t on t.customer_id = c.customer_id
    where c.signed_at is not null
)

select
    md5(concat_ws('|', e.legal_entity_id, c.customer_id)) as customer_key,
    c.customer_id,
    e.legal_entity_id,
    c.account_id,
    c.tenant_id,
    c.customer_name,
    coalesce(c.segment, 'unknown') as segment,
    coalesce(c.region, 'OTHER') as region,
    coalesce(c.plan_code, 'NONE') as plan_code,
    c.first_contract_at,
    c.launched_at,
    c.state,
    c.state_since,
    c.state in ('active', 'delinquent') as is_paying,
    coalesce(c.contract_count, 0) as contract_count,
    c.state_since as valid_from,
    cast(null as timestamp) as valid_to,
    true as is_current
from stated as c
inner join core.dim_legal_entity as e
    on e.legal_entity_id = coalesce(c.legal_entity_id, 'LE-' || c.customer_id)
