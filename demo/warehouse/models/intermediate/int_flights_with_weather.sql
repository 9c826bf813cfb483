{{ config(group='network_operations') }}

with flights as (
    select * from {{ ref('int_flight_outcomes') }}
),

weather as (
    select * from {{ ref('stg_weather') }}
)

select
    flights.flight_id,
    flights.flight_date,
    flights.carrier_code,
    flights.origin_airport_code,
    flights.scheduled_hour_at_utc,
    flights.flight_status,
    flights.departure_delay_minutes,
    flights.arrival_delay_minutes,
    flights.is_late_arrival,
    weather.airport_code is not null as has_weather,
    weather.temperature_fahrenheit,
    weather.wind_speed_knots,
    weather.wind_gust_knots,
    weather.precipitation_inches,
    weather.visibility_miles,
    case
        when weather.wind_speed_knots is null then 'unknown'
        when greatest(weather.wind_speed_knots, coalesce(weather.wind_gust_knots, 0)) >= 30
            then 'strong, 30 knots or more'
        when greatest(weather.wind_speed_knots, coalesce(weather.wind_gust_knots, 0)) >= 15
            then 'moderate, 15 to 29 knots'
        else 'light, below 15 knots'
    end as wind_band,
    case
        when weather.visibility_miles is null then 'unknown'
        when weather.visibility_miles < 1 then 'low, below 1 mile'
        when weather.visibility_miles < 5 then 'reduced, 1 to 4 miles'
        else 'good, 5 miles or more'
    end as visibility_band,
    case
        when weather.precipitation_inches is null then 'unknown'
        when weather.precipitation_inches = 0 then 'dry'
        when weather.precipitation_inches < 0.1 then 'light, below 0.1 inches'
        else 'heavy, 0.1 inches or more'
    end as precipitation_band
from flights
left join weather
    on flights.origin_airport_code = weather.airport_code
    and flights.scheduled_hour_at_utc = weather.observed_hour_at_utc
