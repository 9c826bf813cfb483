-- Annual recurring revenue
-- Opening, new, expansion, contraction, churned and closing revenue by month.
select
    a.month,
    a.segment,
    a.opening_arr,
    a.new_arr,
    a.expansion_arr,
    a.contraction_arr,
    a.churned_arr,
    a.closing_arr
from mart.arr_monthly as a
