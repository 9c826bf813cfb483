-- The parent of an account exists
-- Accounts whose parent is no account.
select count(*) as violations
from crm.account as a
left join crm.account as p on p.account_id = a.parent_account_id
where a.parent_account_id is not null and p.account_id is null
