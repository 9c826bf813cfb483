-- Accounts nobody can call
-- Accounts in use without a primary contact.
select a.account_id, a.account_name, a.region
from crm.account as a
where a.status = 'active'
    and not exists (
        select 1 from crm.contact as c
        where c.account_id = a.account_id and c.is_primary
    )
