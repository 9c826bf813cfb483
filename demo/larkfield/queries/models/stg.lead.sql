-- One row a lead of the CRM; the address is kept as its digest only.
select
    l.lead_id,
    sha256(lower(trim(l.email))) as email_sha256,
    l.source,
    l.score,
    l.demo_requested,
    l.status,
    l.country,
    l.created_at,
    l.qualified_at,
    lower(l.email) like '%@larkfield.example' or lower(l.company) like 'test%' as is_test,
    cast(getvariable('loaded_at') as timestamp) as loaded_at
from crm.lead as l
