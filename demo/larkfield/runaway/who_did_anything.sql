-- Whoever did anything
-- The whole log of actions, because the day is not known.
select a.actor, a.action, count(*) as times
from events.audit_log as a
where a.outcome = 'refused'
group by a.actor, a.action
