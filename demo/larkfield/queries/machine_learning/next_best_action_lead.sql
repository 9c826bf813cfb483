-- What to do about a lead
-- The offer that won most often with leads of the same source.
with won as (
    select l.source, o.lost_reason, m.channel, count(*) filter (where o.is_won) as deals
    from crm.lead as l
    inner join crm.opportunity as o on o.opportunity_id = l.converted_opportunity_id
    inner join crm.campaign as m on m.campaign_id = o.campaign_id
    group by l.source, o.lost_reason, m.channel
),

best as (
    select w.source, w.channel
    from won as w
    qualify row_number() over (partition by w.source order by w.deals desc) = 1
)

select l.lead_id, if(l.demo_requested, 'call', b.channel) as action
from stg.lead as l
left join best as b on b.source = l.source
where l.status = 'new'
