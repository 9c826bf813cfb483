-- Dunning that worked
-- Payments within ten days of a dunning step, as a share of the steps.
select
    d.step,
    d.channel,
    count(*) as steps,
    count(*) filter (
        where exists (
            select 1 from billing.payment as p
            where p.invoice_id = d.invoice_id
                and p.received_at between d.sent_at and d.sent_at + interval 10 day
        )
    ) as paid
from billing.dunning_event as d
group by d.step, d.channel
