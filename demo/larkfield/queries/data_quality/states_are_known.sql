-- States are known
-- Rows in a state that the life cycle of a customer does not have.
select count(*) as violations
from core.dim_customer as c
where c.state not in (
    select s.state
    from (values ('onboarding'), ('active'), ('paused'), ('delinquent'), ('pending_cancel'), ('churned')) as s (state)
)
