{{ config(group='network_operations') }}

with outcomes as (
    select * from {{ ref('int_flight_outcomes') }}
),

weather as (
    select * from {{ ref('int_flights_with_weather') }}
),

aircraft as (
    select * from {{ ref('stg_planes') }}
)

select
    outcomes.flight_id,
    outcomes.flight_date,
    outcomes.carrier_code,
    outcomes.flight_number,
    outcomes.tail_number,
    outcomes.origin_airport_code,
    outcomes.destination_airport_code,
    outcomes.scheduled_departure_at,
    outcomes.departed_at,
    outcomes.departure_delay_minutes,
    outcomes.departure_delay_band,
    outcomes.scheduled_arrival_time,
    outcomes.arrival_time,
    outcomes.arrival_delay_minutes,
    outcomes.arrival_delay_band,
    outcomes.is_late_arrival,
    outcomes.made_up_minutes,
    outcomes.flight_status,
    outcomes.air_time_minutes,
    outcomes.distance_miles,
    round(outcomes.distance_miles / nullif(outcomes.air_time_minutes, 0) * 60, 1)
        as ground_speed_mph,
    aircraft.seat_count as seats_offered,
    weather.wind_speed_knots,
    weather.visibility_miles,
    weather.precipitation_inches
from outcomes
left join weather on outcomes.flight_id = weather.flight_id
left join aircraft on outcomes.tail_number = aircraft.tail_number
