-- Due and paid by month
-- What fell due in a month beside what came in.
with due as (
    select date_trunc('month', i.due_on) as month, sum(i.total) as due
    from billing.invoice as i
    where i.status not in ('void', 'draft')
    group by 1
),

paid as (
    select date_trunc('month', p.received_at) as month, sum(p.amount) as paid
    from billing.payment as p
    where p.status = 'settled'
    group by 1
)

select month, due, paid, coalesce(paid, 0) - coalesce(due, 0) as gap
from due
full join paid using (month)
order by 1
