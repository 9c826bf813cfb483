-- Throughput of jobs
-- Jobs by state and how long they took.
select
    date_trunc('week', j.created_at) as week,
    j.state,
    j.priority,
    count(distinct j.job_id) as jobs,
    avg(date_diff('hour', j.created_at, j.completed_at)) as hours_to_complete,
    count(e.event_id) as changes_of_state
from product.job_order as j
left join product.job_order_event as e on e.job_id = j.job_id
group by date_trunc('week', j.created_at), j.state, j.priority
