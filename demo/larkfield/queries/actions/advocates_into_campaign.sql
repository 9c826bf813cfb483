-- Customers to ask for a reference
-- Puts primary contacts of happy customers into the reference campaign.
insert into crm.campaign_member (member_id, campaign_id, contact_id, response, created_at)
select
    900000 + row_number() over (order by k.contact_id),
    77,
    k.contact_id,
    'planned',
    cast(getvariable('loaded_at') as timestamp)
from crm.contact as k
inner join core.dim_customer as c on c.account_id = k.account_id
where k.is_primary and not k.opted_out_marketing and c.state = 'active' and c.is_current
