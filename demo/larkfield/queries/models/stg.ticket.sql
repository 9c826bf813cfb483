-- One row a support ticket, without the words of the requester.
select
    t.ticket_id,
    t.tenant_id,
    lower(t.priority) as priority,
    lower(t.channel) as channel,
    t.state,
    t.created_at,
    t.first_response_at,
    t.resolved_at,
    cast(getvariable('loaded_at') as timestamp) as loaded_at
from support.ticket as t
