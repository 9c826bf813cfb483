-- Active customers in the CRM
-- Accounts that sales keeps as active.
select count(*) as active_customers
from crm.account as a
where a.status = 'active'
