-- Pipeline by stage
-- What is open, by stage and expected close.
select
    o.stage,
    date_trunc('month', o.close_date) as close_month,
    count(*) as opportunities,
    sum(o.amount) as amount,
    sum(o.amount * o.probability) as weighted_amount
from crm.opportunity as o
where not o.is_closed
group by o.stage, date_trunc('month', o.close_date)
