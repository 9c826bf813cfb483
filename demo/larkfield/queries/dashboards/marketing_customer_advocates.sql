-- Customers to ask for a reference
-- Active customers of more than a year, by segment.
select
    c.customer_key,
    c.customer_name,
    c.segment,
    c.region,
    c.first_contract_at
from core.dim_customer as c
where c.is_current and c.state = 'active'
