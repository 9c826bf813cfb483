-- One row a subscription, its revenue in dollars.
select
    s.subscription_id,
    s.customer_id,
    upper(s.plan_code) as plan_code,
    s.seats,
    cast(
        s.mrr * case s.currency when 'USD' then 1.00 when 'EUR' then 1.10 when 'GBP' then 1.27 end
        as decimal(18, 2)
    ) as mrr_usd,
    s.started_at,
    s.paused_at,
    s.cancel_requested_at,
    s.cancelled_at,
    s.status,
    cast(getvariable('loaded_at') as timestamp) as loaded_at
from billing.subscription as s
