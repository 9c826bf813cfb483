-- Addresses look like addresses
-- Contacts whose address has no @ or no point after it.
select count(*) as violations
from crm.contact as c
where not regexp_matches(c.email, '^[^@ ]+@[^@ ]+\.[^@ ]+$')
