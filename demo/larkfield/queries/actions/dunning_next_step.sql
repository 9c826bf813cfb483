-- The next step of dunning
-- Asks for every invoice that is overdue and was not asked for in a week.
insert into billing.dunning_event by name
select
    i.invoice_id * 10 + coalesce(max(d.step), 0) + 1 as event_id,
    i.invoice_id,
    coalesce(max(d.step), 0) + 1 as step,
    'mail' as channel,
    cast(getvariable('loaded_at') as timestamp) as sent_at,
    'auto-dunning' as created_by
from billing.invoice as i
left join billing.dunning_event as d on d.invoice_id = i.invoice_id
where i.paid_on is null and i.days_overdue > 0
group by i.invoice_id
having max(d.sent_at) is null or max(d.sent_at) < cast(getvariable('as_of') as timestamp) - interval 7 day
