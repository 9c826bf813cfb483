-- All contacts, all columns
-- A star over personal data, because it was quicker to write.
select *
from crm.contact
