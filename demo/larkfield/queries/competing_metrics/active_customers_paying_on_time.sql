-- Active customers that pay on time
-- Live, not paused, and nothing open for more than 30 days: the definition of DGP-0004.
with late as (
    select i.customer_id
    from billing.invoice as i
    where i.paid_on is null
    group by i.customer_id
    having max(i.days_overdue) > 30
)

select count(distinct c.customer_id) as active_customers
from billing.customer as c
inner join product.tenant as t on t.customer_id = c.customer_id
left join late as l on l.customer_id = c.customer_id
where c.signed_at is not null
    and c.closed_at is null
    and t.launched_at is not null
    and l.customer_id is null
    and exists (
        select 1 from billing.subscription as s
        where s.customer_id = c.customer_id and s.paused_at is null and s.cancelled_at is null
    )
