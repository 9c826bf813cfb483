-- Who stands above whom
-- The whole group of each account, walked from the top; levels and the way down.
with recursive tree as (
    select a.account_id, a.account_name, 0 as level, a.account_name as way
    from crm.account as a
    where a.parent_account_id is null

    union all

    select a.account_id, a.account_name, t.level + 1 as level, t.way || ' / ' || a.account_name as way
    from crm.account as a
    inner join tree as t on a.parent_account_id = t.account_id
    where t.level < 10
)

select t.account_id, t.account_name, t.level, t.way
from tree as t
order by t.way
