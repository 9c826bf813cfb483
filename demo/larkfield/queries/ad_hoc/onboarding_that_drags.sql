-- Onboarding that drags
-- Customers longer under way to launch than nine in ten of their segment.
select c.customer_key, c.segment, c.first_contract_at
from core.dim_customer as c
where c.state = 'onboarding'
    and date_diff('day', c.first_contract_at, timestamp '2026-09-07') > (
        select quantile_cont(date_diff('day', o.first_contract_at, o.launched_at), 0.9)
        from core.dim_customer as o
        where o.segment = c.segment and o.launched_at is not null
    )
