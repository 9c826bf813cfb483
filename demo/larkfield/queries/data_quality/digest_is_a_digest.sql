-- The digest of an address is a digest
-- Rows that keep something else than 64 hexadecimal digits.
select count(*) filter (where length(l.email_sha256) <> 64 or contains(l.email_sha256, '@')) as violations
from stg.lead as l
