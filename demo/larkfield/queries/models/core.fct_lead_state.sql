-- Each state that a lead was in, with when it came and went.
with scored as (
    select
        l.lead_id,
        case
            when l.score >= 50 or l.demo_requested then 'mql'
            when g.new_score >= 20 then 'engaged'
            else 'raw'
        end as state,
        g.scored_at as entered_at,
        g.reason as transition_type,
        g.rule_version,
        'MarketPilot' as source_system
    from stg.lead as l
    inner join mktg.lead_score_log as g on g.lead_id = l.lead_id
    where not l.is_test
),

sold as (
    select
        l.lead_id,
        case
            when o.is_won then 'won'
            when l.status = 'disqualified' then 'disqualified'
            when l.status = 'recycled' then 'recycled'
            else 'opportunity'
        end as state,
        s.changed_at as entered_at,
        coalesce(s.reason, 'sales') as transition_type,
        'crm' as rule_version,
        s.source_system
    from crm.lead as l
    inner join crm.opportunity as o on o.opportunity_id = l.converted_opportunity_id
    inner join crm.opportunity_stage_log as s on s.opportunity_id = o.opportunity_id
),

entered as (
    select * from scored
    union all by name
    select * from sold
),

spans as (
    select
        e.lead_id,
        e.state,
        e.entered_at,
        lead(e.entered_at) over (partition by e.lead_id order by e.entered_at) as exited_at,
        e.transition_type,
        e.rule_version,
        e.source_system
    from entered as e
)

select
    s.lead_id,
    s.state,
    s.entered_at,
    s.exited_at,
    s.transition_type,
    s.rule_version,
    s.source_system,
    date_diff(
        'day', s.entered_at, coalesce(s.exited_at, cast(getvariable('as_of') as timestamp))
    ) as days_in_state,
    s.exited_at is null as is_current
from spans as s
