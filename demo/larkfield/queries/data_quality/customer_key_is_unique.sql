-- One current row a customer
-- Keys of current customers that come more than once.
select count(*) as violations
from (
    select c.customer_key
    from core.dim_customer as c
    where c.is_current
    group by c.customer_key
    having count(*) > 1
) as repeated
