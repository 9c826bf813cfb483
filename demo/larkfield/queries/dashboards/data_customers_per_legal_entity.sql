-- Customers per legal entity
-- Legal entities that are stored as more than one customer.
select
    e.legal_entity_id,
    e.legal_name,
    count(distinct c.customer_id) as customers,
    sum(c.contract_count) as contracts
from core.dim_legal_entity as e
inner join core.dim_customer as c on c.legal_entity_id = e.legal_entity_id
where e.is_current and c.is_current
group by e.legal_entity_id, e.legal_name
having count(distinct c.customer_id) > 1
