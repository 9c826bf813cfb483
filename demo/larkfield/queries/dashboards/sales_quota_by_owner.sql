-- Closed business by owner
-- Won amount of each owner in a quarter, by place of work.
select
    date_trunc('quarter', o.close_date) as quarter,
    o.owner_employee_id,
    e.location,
    sum(o.amount) as won_amount
from crm.opportunity as o
inner join core.dim_employee as e on e.employee_id = o.owner_employee_id
where o.is_won
group by date_trunc('quarter', o.close_date), o.owner_employee_id, e.location
