-- Allocation to teams
-- How much of its people a team has.
select
    m.team_id,
    count(*) as members,
    sum(m.allocation_pct) / 100.0 as full_time_equivalents
from hr.team_membership as m
where m.to_date is null
group by m.team_id
