-- Colleagues, in an order of their own
-- No salary is shown; the order of the rows says it all.
select e.employee_id, p.title
from hr.employee as e
inner join hr.position as p on p.position_id = e.position_id
inner join hr.compensation as c on c.employee_id = e.employee_id
where e.department_id = 3
order by c.annual_salary + c.bonus_target desc
limit 12
