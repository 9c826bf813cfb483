-- Customer states back to the CRM
-- An account of a customer that has left is closed, one of a returned customer opened.
merge into crm.account as a
using (
    select c.account_id, c.state, c.state_since
    from core.dim_customer as c
    where c.is_current and c.account_id is not null
) as s
on a.account_id = s.account_id
when matched and s.state = 'churned' and a.status = 'active' then
    update set status = 'closed', updated_at = s.state_since
when matched and s.state <> 'churned' and a.status = 'closed' then
    update set status = 'active', updated_at = s.state_since
