-- Currencies are known
-- Rows of each billing table with a currency other than the three in use.
select 'customer' as origin, count(*) as violations from billing.customer as c
where c.currency not in ('USD', 'EUR', 'GBP')
union all
select 'subscription', count(*) from billing.subscription as s
where s.currency not in ('USD', 'EUR', 'GBP')
union all
select 'invoice', count(*) from billing.invoice as i
where i.currency not in ('USD', 'EUR', 'GBP')
