-- Managers and their span
-- How many people answer to each manager, in how many places.
select m.full_name as manager, count(e.employee_id) as people, count(distinct e.location) as places
from hr.employee as m
inner join hr.employee as e on e.manager_employee_id = m.employee_id
where e.termination_date is null
group by m.employee_id, m.full_name
