-- What to do about a customer
-- One action for each customer at risk, by why it is at risk and what it is worth.
select
    s.customer_key,
    case
        when s.top_reason = 'overdue' then 'offer a payment plan'
        when s.top_reason = 'paused' then 'call before the pause ends'
        when s.top_reason = 'not used' and c.plan_code <> 'NONE' then 'offer training'
        when f.mrr_usd > 2000 then 'visit'
        else 'write'
    end as action,
    rank() over (order by s.score * f.mrr_usd desc) as priority
from ml.churn_scores as s
inner join ml.churn_features as f
    on f.customer_key = s.customer_key and cast(s.scored_at as date) = f.as_of_date
inner join core.dim_customer as c on c.customer_key = s.customer_key and c.is_current
where s.band <> 'low' and not s.is_shadow
