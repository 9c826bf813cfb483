-- Attrition
-- Share of staff that left, by department.
select
    h.month,
    d.name as department,
    h.attrition_rate
from mart.headcount_monthly as h
inner join hr.department as d on d.department_id = h.department_id
where d.active
