-- A visit ends after it began
-- Job orders with times in the wrong order.
select count(*) as violations
from product.job_order as j
where j.completed_at < j.started_at or j.started_at < j.created_at
