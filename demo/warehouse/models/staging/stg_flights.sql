with source as (
    select
        *,
        make_date(year, month, day) as flight_date,
        make_timestamp(year, month, day, hour, minute, 0) as scheduled_departure_at
    from {{ source('raw', 'flights') }}
),

-- One row per scheduled departure: date, carrier, flight number and origin.
deduplicated as (
    select *
    from source
    qualify row_number() over (
        partition by flight_date, carrier, flight, origin order by scheduled_departure_at
    ) = 1
)

select
    strftime(flight_date, '%Y%m%d') || '-' || carrier || flight || '-' || origin as flight_id,
    flight_date,
    carrier as carrier_code,
    flight as flight_number,
    upper(trim(tailnum)) as tail_number,
    origin as origin_airport_code,
    dest as destination_airport_code,
    time_hour as scheduled_hour_at_utc,
    scheduled_departure_at,
    scheduled_departure_at + to_minutes(dep_delay) as departed_at,
    dep_delay as departure_delay_minutes,
    {{ clock_time('sched_arr_time') }} as scheduled_arrival_time,
    {{ clock_time('arr_time') }} as arrival_time,
    arr_delay as arrival_delay_minutes,
    air_time as air_time_minutes,
    distance as distance_miles
from deduplicated
