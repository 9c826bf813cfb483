-- Nobody's people
-- Employees who belong to no team today.
select e.employee_id, e.work_email
from hr.employee as e
where e.status = 'active'
    and e.employee_id not in (
        select m.employee_id from hr.team_membership as m where m.to_date is null
    )
