-- Fully loaded cost of staff
-- Salary and bonus by department beside what the ledger booked; departments of ten or more.
with paid as (
    select
        e.department_id,
        count(*) as employees,
        sum(c.annual_salary + c.bonus_target) as pay
    from hr.compensation as c
    inner join hr.employee as e on e.employee_id = c.employee_id
    where c.effective_to is null
    group by e.department_id
    having count(*) >= 10
),

booked as (
    select g.cost_center, sum(g.amount) as booked
    from fin.gl_entry as g
    where not g.is_reversal
    group by g.cost_center
)

select
    d.name as department,
    p.employees,
    p.pay,
    b.booked
from paid as p
inner join hr.department as d on d.department_id = p.department_id
left join booked as b on b.cost_center = d.cost_center
