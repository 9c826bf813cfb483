{{ config(group='fleet_engineering') }}

-- The departures of one aircraft from New York, in order, each with the one before.
with departures as (
    select *
    from {{ ref('int_flight_outcomes') }}
    where flight_status <> 'cancelled' and tail_number is not null
),

in_order as (
    select
        flight_id,
        tail_number,
        carrier_code,
        departed_at,
        air_time_minutes,
        distance_miles,
        departure_delay_minutes,
        row_number() over aircraft as departure_number,
        lag(departed_at) over aircraft as previous_departed_at,
        lag(carrier_code) over aircraft as previous_carrier_code
    from departures
    window aircraft as (partition by tail_number order by departed_at, flight_id)
)

select
    *,
    round(date_diff('minute', previous_departed_at, departed_at) / 60, 1)
        as hours_since_previous_departure,
    carrier_code <> previous_carrier_code as is_carrier_change
from in_order
