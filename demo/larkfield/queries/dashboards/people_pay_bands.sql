-- Pay against bands
-- How pay of a job family lies in its band; families of ten or more.
select
    p.job_family,
    p.level,
    count(*) as employees,
    avg((c.annual_salary - p.band_min) / nullif(p.band_max - p.band_min, 0)) as place_in_band
from hr.compensation as c
inner join hr.employee as e on e.employee_id = c.employee_id
inner join hr.position as p on p.position_id = e.position_id
where c.effective_to is null
group by p.job_family, p.level
having count(*) >= 10
