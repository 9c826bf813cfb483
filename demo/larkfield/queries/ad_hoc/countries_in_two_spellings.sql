-- Countries in two spellings
-- What each system calls a country, and how often.
select 'contact' as origin, c.country, count(*) as entries from crm.contact as c group by c.country
union all
select 'lead', l.country, count(*) from crm.lead as l group by l.country
union all
select 'session', w.country, count(*) from mktg.web_session as w group by w.country
order by entries desc
