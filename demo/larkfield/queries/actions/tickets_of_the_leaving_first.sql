-- Tickets of customers at risk first
-- Raises the priority of open tickets of customers that are likely to leave.
update support.ticket as t
set priority = case when s.score > 0.8 then 'urgent' when t.priority = 'low' then 'normal' else t.priority end
from core.dim_customer as c
inner join ml.churn_scores as s on s.customer_key = c.customer_key
where c.tenant_id = t.tenant_id and s.band = 'high' and t.state in ('new', 'triaged')
