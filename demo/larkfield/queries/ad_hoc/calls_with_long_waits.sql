-- Calls after a long wait
-- Recorded calls on tickets whose first answer took more than a day.
select r.recording_id, r.duration_s, t.product_area, t.first_response_at - t.created_at as waited
from support.call_recording as r
inner join support.ticket as t using (ticket_id)
where t.first_response_at > t.created_at + interval 1 day
order by r.duration_s desc
limit 100
