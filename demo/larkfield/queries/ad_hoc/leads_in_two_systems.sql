-- Leads that are contacts already
-- The same address as a lead and as a contact of an account.
select lower(l.email) as email from crm.lead as l
intersect
select lower(c.email) as email from crm.contact as c
