{{ config(group='commercial_analytics') }}

select
    origin_airport_code,
    destination_airport_code,
    carrier_code,
    date_trunc('month', flight_date)::date as month_start_date,
    count(*) as flight_count,
    count(*) filter (where flight_status = 'cancelled') as cancelled_count,
    count(*) filter (where flight_status = 'diverted') as diverted_count,
    count(*) filter (where flight_status = 'completed') as completed_count,
    count(*) filter (where is_late_arrival) as late_arrival_count,
    sum(departure_delay_minutes) as departure_delay_minutes,
    sum(arrival_delay_minutes) as arrival_delay_minutes,
    sum(air_time_minutes) as air_time_minutes,
    max(distance_miles) as distance_miles
from {{ ref('int_flight_outcomes') }}
group by
    origin_airport_code,
    destination_airport_code,
    carrier_code,
    date_trunc('month', flight_date)::date
