-- Angry tickets
-- Tickets with bad marks and the words of the requester.
select t.* exclude (requester_email, channel) replace (upper(t.priority) as priority)
from support.ticket as t
where t.csat <= 2 and t.created_at >= timestamp '2026-08-01'
