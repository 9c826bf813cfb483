-- One row an employee, without anything personal.
select
    md5('employee-' || cast(e.employee_id as varchar)) as employee_key,
    e.employee_id,
    e.department_id,
    e.manager_employee_id,
    e.location,
    e.employment_type,
    case
        when e.termination_date is not null then 'terminated'
        when e.status = 'leave' then 'on_leave'
        else e.status
    end as state,
    e.hire_date,
    date_diff(
        'day',
        e.hire_date,
        coalesce(e.termination_date, cast(getvariable('as_of') as date))
    ) as tenure_days,
    e.termination_date is null as is_current
from hr.employee as e
