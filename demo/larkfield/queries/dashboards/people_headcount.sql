-- Headcount
-- Staff, hires and leavers by month.
select
    h.month,
    h.department_id,
    h.headcount,
    h.hires,
    h.leavers,
    h.open_positions
from mart.headcount_monthly as h
