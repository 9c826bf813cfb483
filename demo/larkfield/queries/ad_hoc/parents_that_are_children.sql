-- A circle in the hierarchy
-- Accounts that stand above themselves.
select b.ancestor_account_id as account_id, min(b.depth) as length
from core.bridge_account_hierarchy as b
where b.ancestor_account_id = b.descendant_account_id and b.depth > 0
group by b.ancestor_account_id
