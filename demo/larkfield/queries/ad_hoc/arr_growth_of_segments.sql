-- Growth of segments
-- Closing revenue beside the month and the year before.
select
    a.month,
    a.segment,
    sum(a.closing_arr) as arr,
    sum(a.closing_arr) - lag(sum(a.closing_arr)) over w as since_last_month,
    sum(a.closing_arr) / nullif(lag(sum(a.closing_arr), 12) over w, 0) as year_on_year
from mart.arr_monthly as a
group by a.month, a.segment
window w as (partition by a.segment order by a.month)
