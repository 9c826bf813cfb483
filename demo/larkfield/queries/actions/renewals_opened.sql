-- Renewals as opportunities
-- Opens an opportunity for each contract that renews within a quarter.
insert into crm.opportunity (
    opportunity_id, account_id, name, stage, amount, probability, close_date,
    is_won, is_closed, owner_employee_id, created_at, updated_at
)
select
    800000 + s.subscription_id,
    c.account_id,
    'Renewal of ' || c.legal_name,
    'renewal',
    s.mrr * 12,
    1 - coalesce(p.score, 0.5),
    cast(s.renews_at as date),
    false,
    false,
    a.owner_employee_id,
    s.updated_at,
    s.updated_at
from billing.subscription as s
inner join billing.customer as c on c.customer_id = s.customer_id
inner join crm.account as a on a.account_id = c.account_id
left join core.dim_customer as d on d.customer_id = c.customer_id and d.is_current
left join ml.churn_scores as p on p.customer_key = d.customer_key and not p.is_shadow
where s.renews_at < cast(getvariable('as_of') as timestamp) + interval 3 month
    and s.cancelled_at is null
