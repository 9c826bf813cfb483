-- Who is there, came and left, by month and department.
with months as (
    select cast(m.month as date) as month
    from generate_series(
        cast(getvariable('first_day') as date), cast(getvariable('as_of') as date), interval 1 month
    ) as m (month)
),

staff as (
    select
        m.month,
        e.department_id,
        count(*) as headcount,
        count(*) filter (where date_trunc('month', e.hire_date) = m.month) as hires,
        count(*) filter (where e.state = 'terminated') as leavers
    from months as m
    inner join core.dim_employee as e on e.hire_date <= last_day(m.month)
    group by m.month, e.department_id
),

positions as (
    select
        e.department_id,
        count(distinct p.position_id) filter (where e.termination_date is not null)
            as open_positions
    from hr.employee as e
    inner join hr.position as p on p.position_id = e.position_id
    group by e.department_id
)

select
    s.month,
    s.department_id,
    s.headcount,
    s.hires,
    s.leavers,
    coalesce(p.open_positions, 0) as open_positions,
    cast(s.leavers as double) / nullif(s.headcount, 0) as attrition_rate
from staff as s
left join positions as p on p.department_id = s.department_id
