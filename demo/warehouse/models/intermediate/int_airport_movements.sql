{{ config(group='network_operations') }}

with flights as (
    select * from {{ ref('int_flight_outcomes') }}
),

departures as (
    select
        flight_id,
        'departure' as movement_kind,
        origin_airport_code as airport_code,
        destination_airport_code as other_airport_code,
        flight_date,
        carrier_code,
        flight_status,
        departure_delay_minutes as delay_minutes
    from flights
),

arrivals as (
    select
        flight_id,
        'arrival' as movement_kind,
        destination_airport_code as airport_code,
        origin_airport_code as other_airport_code,
        flight_date,
        carrier_code,
        flight_status,
        arrival_delay_minutes as delay_minutes
    from flights
)

select * from departures
union all
select * from arrivals
