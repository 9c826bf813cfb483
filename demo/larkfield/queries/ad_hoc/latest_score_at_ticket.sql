-- How likely they were to leave when they wrote
-- The score that was newest when a ticket was opened.
select t.ticket_id, t.created_at, s.score, s.band
from stg.ticket as t
inner join core.dim_customer as c on c.tenant_id = t.tenant_id and c.is_current
asof left join ml.churn_scores as s
    on s.customer_key = c.customer_key and s.scored_at <= t.created_at
