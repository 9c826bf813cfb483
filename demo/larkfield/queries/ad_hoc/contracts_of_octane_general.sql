-- The thirteen contracts of Octane General
-- One customer, many contracts: plan, seats and revenue of each.
select s.subscription_id, s.plan_code, s.seats, s.mrr, sum(s.mrr) over (order by s.started_at) as running_mrr
from billing.subscription as s
where s.customer_id in (
    select c.customer_id from billing.customer as c where c.legal_name = 'Octane General'
)
