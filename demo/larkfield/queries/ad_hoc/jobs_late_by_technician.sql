-- Late visits by technician
-- Job orders that began more than an hour late, by who made them.
select
    u.display_name as technician,
    count(*) as jobs,
    count(*) filter (where j.started_at > j.scheduled_for + interval 1 hour) as late,
    avg(greatest(date_diff('minute', j.scheduled_for, j.started_at), 0)) as minutes_late
from product.job_order as j
inner join product.app_user as u on u.user_id = j.technician_user_id
group by u.display_name
order by late desc
