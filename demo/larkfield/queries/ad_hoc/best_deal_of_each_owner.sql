-- The best deal of each owner
-- The largest won opportunity of everybody in sales.
select o.owner_employee_id, o.opportunity_id, o.name, o.amount
from crm.opportunity as o
where o.is_won
qualify row_number() over (partition by o.owner_employee_id order by o.amount desc) = 1
