-- How long leads stay
-- Median and ninth tenth of the days that leads spend in a state.
select
    f.state,
    median(f.days_in_state) as median_days,
    quantile_cont(f.days_in_state, 0.9) as ninth_tenth,
    count(*) as stays
from core.fct_lead_state as f
where f.exited_at is not null
group by f.state
