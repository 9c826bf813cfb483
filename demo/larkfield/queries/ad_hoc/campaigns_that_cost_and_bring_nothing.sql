-- Campaigns that cost and bring nothing
-- Money was spent, and no opportunity names the campaign.
select c.campaign_id, c.name, sum(s.cost) as cost
from crm.campaign as c
inner join mktg.ad_spend as s on s.campaign_id = c.campaign_id
anti join crm.opportunity as o on o.campaign_id = c.campaign_id
group by all
having sum(s.cost) > 1000
