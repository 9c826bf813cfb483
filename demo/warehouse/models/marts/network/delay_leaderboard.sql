{{ config(group='network_operations') }}

-- The ten airlines, origins and destinations with the longest average arrival delay.
with flights as (
    select
        flights.*,
        airlines.airline_name
    from {{ ref('fct_flights') }} as flights
    left join {{ ref('dim_airlines') }} as airlines on flights.carrier_code = airlines.carrier_code
    where flights.flight_status = 'completed'
),

by_airline as (
    select
        'airline' as subject_kind,
        carrier_code as subject_code,
        max(airline_name) as subject_name,
        count(*) as completed_flights,
        avg(arrival_delay_minutes) as average_arrival_delay_minutes
    from flights
    group by carrier_code
),

by_origin as (
    select
        'origin' as subject_kind,
        flights.origin_airport_code as subject_code,
        max(airports.airport_name) as subject_name,
        count(*) as completed_flights,
        avg(flights.arrival_delay_minutes) as average_arrival_delay_minutes
    from flights
    left join {{ ref('dim_airports') }} as airports
        on flights.origin_airport_code = airports.airport_code
    group by flights.origin_airport_code
),

by_destination as (
    select
        'destination' as subject_kind,
        flights.destination_airport_code as subject_code,
        max(airports.airport_name) as subject_name,
        count(*) as completed_flights,
        avg(flights.arrival_delay_minutes) as average_arrival_delay_minutes
    from flights
    left join {{ ref('dim_airports') }} as airports
        on flights.destination_airport_code = airports.airport_code
    group by flights.destination_airport_code
    having count(*) >= 100
),

subjects as (
    select * from by_airline
    union all
    select * from by_origin
    union all
    select * from by_destination
)

select
    subject_kind,
    rank() over (
        partition by subject_kind order by average_arrival_delay_minutes desc
    ) as delay_rank,
    subject_code,
    subject_name,
    completed_flights,
    round(average_arrival_delay_minutes, 1) as average_arrival_delay_minutes
from subjects
qualify delay_rank <= 10
