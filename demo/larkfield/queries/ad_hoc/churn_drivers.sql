-- What goes with leaving
-- Means of the features for customers that left and those that stayed.
with marked as (
    select f.* exclude (as_of_date), f.label_churn_90d as has_left
    from ml.churn_features as f
    where f.as_of_date = date '2026-06-01'
)

select
    m.has_left,
    avg(m.active_users_28d) as active_users,
    avg(m.tickets_28d) as tickets,
    avg(m.overdue_days) as overdue_days,
    corr(m.logins_28d, m.jobs_28d) as logins_and_jobs
from marked as m
group by m.has_left
