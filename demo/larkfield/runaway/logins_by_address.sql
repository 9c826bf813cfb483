-- Sign-ins by address
-- Since there is a log; a month of it would tell as much.
select l.ip, count(*) as logins
from product.login_event as l
group by l.ip
