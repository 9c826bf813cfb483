-- Return of campaigns
-- What each campaign cost and the deals that name it.
with spent as (
    select a.campaign_id, sum(a.cost) as cost
    from mktg.ad_spend as a
    group by a.campaign_id
)

select
    c.campaign_id,
    c.name,
    c.channel,
    c.budget,
    s.cost,
    sum(o.amount) filter (where o.is_won) as won_amount
from crm.campaign as c
left join spent as s on s.campaign_id = c.campaign_id
left join crm.opportunity as o on o.campaign_id = c.campaign_id
group by c.campaign_id, c.name, c.channel, c.budget, s.cost
