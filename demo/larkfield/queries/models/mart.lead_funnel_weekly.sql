-- How many leads of each source reached which state in a week, and what they cost.
with reached as (
    select
        cast(date_trunc('week', f.entered_at) as date) as week,
        l.source,
        f.lead_id,
        f.state,
        l.score,
        l.demo_requested
    from core.fct_lead_state as f
    inner join stg.lead as l on l.lead_id = f.lead_id
),

spent as (
    select
        cast(date_trunc('week', a.spend_date) as date) as week,
        a.channel as source,
        sum(a.cost) as spend
    from mktg.ad_spend as a
    group by cast(date_trunc('week', a.spend_date) as date), a.channel
),

counted as (
    select
        r.week,
        r.source,
        count(distinct r.lead_id) as raw_leads,
        count(distinct r.lead_id) filter (where r.score >= 20 or r.demo_requested) as engaged,
        count(distinct r.lead_id) filter (where r.state = 'mql') as mql,
        count(distinct r.lead_id) filter (where r.state = 'sal') as sal,
        count(distinct r.lead_id) filter (where r.state = 'sql') as sql,
        count(distinct r.lead_id) filter (where r.state = 'opportunity') as opportunities,
        count(distinct r.lead_id) filter (where r.state = 'won') as won
    from reached as r
    group by r.week, r.source
)

select
    c.week,
    c.source,
    c.raw_leads,
    c.engaged,
    c.mql,
    c.sal,
    c.sql,
    c.opportunities,
    c.won,
    cast(c.sql as double) / nullif(c.mql, 0) as mql_to_sql_rate,
    cast(coalesce(s.spend, 0) as decimal(18, 2)) as spend,
    cast(s.spend / nullif(c.won, 0) as decimal(18, 2)) as cac
from counted as c
left join spent as s on s.week = c.week and s.source = c.source
