-- Billing beside the CRM
-- Customers that only one of the two systems knows.
select
    coalesce(c.account_id, a.account_id) as account_id,
    c.legal_name,
    a.account_name,
    case when c.customer_id is null then 'CRM only' else 'billing only' end as known_to
from billing.customer as c
full join crm.account as a on a.account_id = c.account_id
where c.customer_id is null or a.account_id is null
