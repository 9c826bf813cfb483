{{ config(group='data_platform') }}

with dates as (
    select unnest(generate_series(date '2013-01-01', date '2013-12-31', interval 1 day))::date
        as date_day
)

select
    date_day,
    date_trunc('month', date_day)::date as month_start_date,
    quarter(date_day) as quarter_number,
    isodow(date_day) as iso_weekday_number,
    dayname(date_day) as weekday_name,
    isodow(date_day) >= 6 as is_weekend,
    case
        when month(date_day) in (12, 1, 2) then 'winter'
        when month(date_day) in (3, 4, 5) then 'spring'
        when month(date_day) in (6, 7, 8) then 'summer'
        else 'fall'
    end as season,
    -- New York kept daylight saving time from the second Sunday of March to the first of November.
    date_day >= date '2013-03-10' and date_day < date '2013-11-03' as is_daylight_saving
from dates
