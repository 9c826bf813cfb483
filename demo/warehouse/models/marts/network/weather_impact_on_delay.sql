{{ config(group='network_operations') }}

with flights as (
    select * from {{ ref('int_flights_with_weather') }}
),

conditions as (
    select 'wind' as weather_factor, wind_band as condition_band, * from flights
    union all
    select 'visibility' as weather_factor, visibility_band as condition_band, * from flights
    union all
    select 'precipitation' as weather_factor, precipitation_band as condition_band, * from flights
),

summarized as (
    select
        origin_airport_code,
        weather_factor,
        condition_band,
        count(*) as scheduled_departures,
        {{ share("count(*) filter (where flight_status = 'cancelled')", "count(*)") }}
            as cancelled_share,
        round(avg(departure_delay_minutes), 1) as average_departure_delay_minutes,
        round(quantile_cont(departure_delay_minutes, 0.9), 1) as p90_departure_delay_minutes
    from conditions
    group by origin_airport_code, weather_factor, condition_band
)

select
    *,
    round(
        average_departure_delay_minutes
        - min(case when condition_band <> 'unknown' then average_departure_delay_minutes end)
            over (partition by origin_airport_code, weather_factor),
        1
    ) as minutes_above_best_condition
from summarized
