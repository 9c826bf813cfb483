-- Sign-ins without a second factor
-- Administrators of tenants that signed in with a password only.
select u.email, l.ip, l.occurred_at
from product.login_event as l
inner join product.app_user as u on u.user_id = l.user_id
where l.success and l.mfa_method is null and u.role = 'admin'
    and l.occurred_at >= timestamp '2026-08-01'
order by l.occurred_at desc
