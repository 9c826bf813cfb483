-- Outcomes in the audit log
-- Refused and allowed actions by day.
select
    date_trunc('day', a.occurred_at) as day,
    a.action,
    a.outcome,
    count(*) as entries
from events.audit_log as a
group by date_trunc('day', a.occurred_at), a.action, a.outcome
