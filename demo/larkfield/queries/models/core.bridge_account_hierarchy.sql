-- Every account with everything above it, itself included at depth 0; a cycle ends at depth 5.
with recursive walk as (
    select
        a.account_id as ancestor_account_id,
        a.account_id as descendant_account_id,
        cast(0 as bigint) as depth,
        cast(a.account_id as varchar) as path,
        a.loaded_at
    from stg.account as a
    where not a.is_deleted

    union all

    select
        w.ancestor_account_id,
        a.account_id as descendant_account_id,
        w.depth + 1 as depth,
        w.path || '/' || cast(a.account_id as varchar) as path,
        a.loaded_at
    from walk as w
    inner join stg.account as a on a.parent_account_id = w.descendant_account_id
    where w.depth < 5 and not a.is_deleted
)

select
    w.ancestor_account_id,
    w.descendant_account_id,
    w.depth,
    w.path,
    not exists (
        select 1 from stg.account as below
        where below.parent_account_id = w.descendant_account_id
    ) as is_leaf,
    w.loaded_at as valid_from,
    cast(null as timestamp) as valid_to
from walk as w
