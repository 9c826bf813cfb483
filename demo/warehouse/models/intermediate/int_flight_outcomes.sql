{{ config(group='network_operations') }}

with flights as (
    select
        *,
        case
            when departure_delay_minutes is null then 'cancelled'
            when arrival_delay_minutes is null then 'diverted'
            else 'completed'
        end as flight_status
    from {{ ref('stg_flights') }}
),

delay_bands as (
    select * from {{ ref('delay_bands') }}
)

select
    flights.*,
    departure_bands.delay_band as departure_delay_band,
    arrival_bands.delay_band as arrival_delay_band,
    arrival_bands.counts_as_late as is_late_arrival,
    flights.departure_delay_minutes - flights.arrival_delay_minutes as made_up_minutes
from flights
left join delay_bands as departure_bands
    on flights.departure_delay_minutes >= departure_bands.from_minutes
    and flights.departure_delay_minutes < departure_bands.below_minutes
left join delay_bands as arrival_bands
    on flights.arrival_delay_minutes >= arrival_bands.from_minutes
    and flights.arrival_delay_minutes < arrival_bands.below_minutes
