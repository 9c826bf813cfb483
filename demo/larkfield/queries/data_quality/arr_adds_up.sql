-- Revenue adds up
-- Months whose opening and movements do not make the closing revenue.
select count(*) as violations
from mart.arr_monthly as a
where abs(
    a.opening_arr + coalesce(a.new_arr, 0) + coalesce(a.expansion_arr, 0)
    - coalesce(a.contraction_arr, 0) - coalesce(a.churned_arr, 0) - a.closing_arr
) > 0.01
