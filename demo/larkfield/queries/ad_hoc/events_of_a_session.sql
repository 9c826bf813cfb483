-- What happened in a session
-- Every event of long sessions in order, with screen and time since the one before.
select
    e.session_id,
    e.event_name,
    e.properties ->> '$.screen' as screen,
    e.occurred_at - first_value(e.occurred_at) over w as since_begin,
    row_number() over w as place
from events.product_event as e
where e.occurred_at >= timestamp '2026-09-01'
window w as (partition by e.session_id order by e.occurred_at)
