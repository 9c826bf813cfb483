-- The hierarchy has no circle
-- Accounts that are found below themselves.
select count(distinct b.ancestor_account_id) as violations
from core.bridge_account_hierarchy as b
where b.ancestor_account_id = b.descendant_account_id and b.depth > 0
