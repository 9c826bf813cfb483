-- What the churn model learns from
-- Features of a day with what became of the customer in the next 90 days.
select
    f.customer_key,
    f.as_of_date,
    ln(1 + f.mrr_usd) as log_mrr,
    f.active_users_28d / nullif(f.seats, 0) as use_of_seats,
    f.overdue_days > 30 as is_late,
    exists (
        select 1 from core.dim_customer as c
        where c.customer_key = f.customer_key
            and c.state = 'churned'
            and c.state_since between f.as_of_date and f.as_of_date + interval 90 day
    ) as label
from ml.churn_features as f
where f.as_of_date < date '2026-06-01'
