-- Tickets per customer
-- Which customers, in which state, load support.
select
    c.customer_key,
    c.state,
    c.segment,
    count(t.ticket_id) as tickets
from core.dim_customer as c
inner join stg.ticket as t on t.tenant_id = c.tenant_id
where c.is_current
group by c.customer_key, c.state, c.segment
