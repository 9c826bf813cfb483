-- Headcount against budget
-- Staff of a month beside what was budgeted for pay.
select
    h.month,
    d.name as department,
    h.headcount,
    (
        select sum(b.amount)
        from fin.budget as b
        where b.department_id = h.department_id and b.period = strftime(h.month, '%Y-%m')
    ) as budget
from mart.headcount_monthly as h
inner join hr.department as d using (department_id)
