-- Every open job
-- A look into the table from a notebook, all rows of it.
select j.job_id, j.tenant_id, j.state, j.scheduled_for
from product.job_order as j
where j.state <> 'completed'
