-- How much of each cohort of customers, and of its revenue, is left after n months.
with cohorts as (
    select
        c.customer_key,
        c.segment,
        c.state,
        cast(date_trunc('month', c.first_contract_at) as date) as cohort_month
    from core.dim_customer as c
    where c.is_current
),

monthly as (
    select
        f.customer_key,
        cast(date_trunc('month', f.as_of_date) as date) as month,
        sum(f.mrr_usd) filter (where f.is_active) as mrr
    from core.fct_subscription_day as f
    where f.as_of_date = last_day(f.as_of_date)
    group by f.customer_key, cast(date_trunc('month', f.as_of_date) as date)
),

overdue as (
    select
        i.customer_key,
        max(i.days_overdue) as days_overdue
    from core.fct_invoice as i
    group by i.customer_key
),

joined as (
    select
        c.cohort_month,
        date_diff('month', c.cohort_month, m.month) as period,
        c.segment,
        c.state,
        c.customer_key,
        m.mrr,
        first_value(m.mrr) over (partition by c.customer_key order by m.month) as first_mrr,
        o.days_overdue
    from cohorts as c
    inner join monthly as m on m.customer_key = c.customer_key
    left join overdue as o on o.customer_key = c.customer_key
)

select
    j.cohort_month,
    j.period,
    j.segment,
    count(distinct j.customer_key) as customers,
    count(distinct j.customer_key) filter (where j.mrr > 0) as retained,
    cast(sum(least(j.mrr, j.first_mrr)) as double) / nullif(sum(j.first_mrr), 0) as grr,
    cast(sum(j.mrr) as double) / nullif(sum(j.first_mrr), 0) as nrr,
    count(distinct j.customer_key) filter (where j.state = 'paused') as paused,
    count(distinct j.customer_key) filter (where j.days_overdue > 30) as delinquent,
    count(distinct j.customer_key) filter (where j.state = 'churned') as churned
from joined as j
group by j.cohort_month, j.period, j.segment
