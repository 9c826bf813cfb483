-- Channels side by side
-- Spend of a week in one column for each channel.
select *
from (
    select date_trunc('week', s.spend_date) as week, s.channel, s.cost
    from mktg.ad_spend as s
) as spent
pivot (
    sum(cost) for channel in ('search' as search, 'social' as social, 'events' as events)
)
