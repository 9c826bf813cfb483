-- Ten jobs, drawn by lot
-- Sorts all jobs to show ten of them.
select j.job_id, j.state, j.priority
from product.job_order as j
order by random()
limit 10
