-- Journal of a cost center
-- Bookings with the path of their account in the chart of accounts.
with recursive chart as (
    select g.gl_code, g.name as path
    from fin.gl_account as g
    where g.parent_gl_code is null
    union
    select g.gl_code, concat(c.path, ' > ', g.name) as path
    from fin.gl_account as g
    inner join chart as c on g.parent_gl_code = c.gl_code
)

select e.posted_on, e.amount, e.memo, c.path
from fin.gl_entry as e
inner join chart as c on c.gl_code = e.gl_code
where e.cost_center = 'CC-410' and e.period = '2026-08'
