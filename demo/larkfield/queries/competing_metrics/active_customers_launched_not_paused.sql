-- Active customers that have not paused
-- Live customers with at least one contract that runs.
select count(distinct c.customer_id) as active_customers
from billing.customer as c
inner join product.tenant as t on t.customer_id = c.customer_id
where c.signed_at is not null
    and c.closed_at is null
    and t.launched_at is not null
    and exists (
        select 1 from billing.subscription as s
        where s.customer_id = c.customer_id and s.paused_at is null and s.cancelled_at is null
    )
