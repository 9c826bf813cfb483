-- Deals that moved backwards
-- Stages that an opportunity went back to.
with ranked as (
    select s.opportunity_id, s.changed_at, s.reason, f.place as was, t.place as became
    from crm.opportunity_stage_log as s
    left join (values ('new', 1), ('demo', 2), ('offer', 3), ('won', 4)) as f (stage, place)
        on f.stage = s.from_stage
    left join (values ('new', 1), ('demo', 2), ('offer', 3), ('won', 4)) as t (stage, place)
        on t.stage = s.to_stage
)

select r.opportunity_id, r.changed_at, r.reason
from ranked as r
where r.became < r.was
