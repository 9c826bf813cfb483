-- Seats that nobody uses
-- Seats paid for beside users that signed in.
with used as (
    select u.tenant_id, count(*) as users
    from product.app_user as u
    where u.last_login_at > timestamp '2026-08-01' and u.is_active
    group by u.tenant_id
),

bought as (
    select t.tenant_id, t.tenant_name, s.seats
    from product.tenant as t
    inner join stg.subscription as s using (customer_id)
    where s.cancelled_at is null
)

select b.tenant_name, sum(b.seats) as seats, any_value(u.users) as users
from bought as b
left join used as u using (tenant_id)
group by b.tenant_name
having sum(b.seats) > coalesce(any_value(u.users), 0)
