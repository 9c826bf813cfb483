-- Satisfaction
-- Average mark by area of the product.
select
    t.product_area,
    date_trunc('month', t.created_at) as month,
    avg(t.csat) as csat,
    count(t.csat) as marks
from support.ticket as t
group by t.product_area, date_trunc('month', t.created_at)
