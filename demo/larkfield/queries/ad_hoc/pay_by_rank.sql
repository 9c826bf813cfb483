-- Colleagues in an order
-- Names only, and yet the order tells what each earns.
select e.employee_id, e.location, row_number() over (order by c.annual_salary desc) as place
from hr.employee as e
inner join hr.compensation as c on c.employee_id = e.employee_id
where c.effective_to is null
order by c.annual_salary desc
