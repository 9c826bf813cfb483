-- Accounts above accounts
-- A hierarchy followed upwards without saying where it ends: two accounts own each other.
with recursive above as (
    select a.account_id, a.parent_account_id
    from crm.account as a

    union all

    select b.account_id, a.parent_account_id
    from above as b
    inner join crm.account as a on a.account_id = b.parent_account_id
)

select count(*) as steps
from above
