{{ config(group='fleet_engineering') }}

with rotations as (
    select * from {{ ref('int_aircraft_rotations') }}
),

usage as (
    select
        tail_number,
        mode(carrier_code order by carrier_code) as main_carrier_code,
        count(distinct carrier_code) as carrier_count,
        count(*) as departure_count,
        count(distinct departed_at::date) as active_days,
        round(sum(air_time_minutes) / 60, 1) as air_time_hours,
        sum(distance_miles)::bigint as distance_miles,
        round(median(hours_since_previous_departure), 1) as median_hours_between_departures,
        round(avg(departure_delay_minutes), 1) as average_departure_delay_minutes
    from rotations
    group by tail_number
)

select
    usage.tail_number,
    aircraft.is_registered,
    aircraft.manufacturer_name,
    aircraft.model_name,
    aircraft.age_band,
    aircraft.seat_count,
    usage.main_carrier_code,
    usage.carrier_count,
    usage.departure_count as flight_count,
    usage.active_days,
    round(usage.departure_count / usage.active_days, 2) as departures_per_active_day,
    usage.air_time_hours,
    usage.distance_miles,
    usage.median_hours_between_departures,
    usage.average_departure_delay_minutes,
    round(
        percent_rank() over (
            partition by usage.main_carrier_code order by usage.air_time_hours nulls first
        ),
        4
    ) as air_time_percent_rank
from usage
left join {{ ref('dim_aircraft') }} as aircraft on usage.tail_number = aircraft.tail_number
