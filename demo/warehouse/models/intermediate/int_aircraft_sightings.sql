{{ config(group='fleet_engineering') }}

-- Every tail number known from either side: the register, or a flight.
with register as (
    select tail_number from {{ ref('stg_planes') }}
),

flown as (
    select
        tail_number,
        min(flight_date) as first_flight_date,
        max(flight_date) as last_flight_date,
        count(*) as flight_count
    from {{ ref('stg_flights') }}
    where tail_number is not null
    group by tail_number
),

tail_numbers as (
    select tail_number from register
    union
    select tail_number from flown
)

select
    tail_numbers.tail_number,
    register.tail_number is not null as is_registered,
    flown.first_flight_date,
    flown.last_flight_date,
    coalesce(flown.flight_count, 0) as flight_count
from tail_numbers
left join register on tail_numbers.tail_number = register.tail_number
left join flown on tail_numbers.tail_number = flown.tail_number
