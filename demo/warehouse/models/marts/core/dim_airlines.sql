{{ config(group='commercial_analytics') }}

with flown as (
    select
        carrier_code,
        count(*) as flight_count,
        count(distinct destination_airport_code) as destination_count,
        count(distinct tail_number) as aircraft_count
    from {{ ref('stg_flights') }}
    group by carrier_code
)

select
    airlines.carrier_code,
    airlines.airline_name,
    airlines.legal_name,
    coalesce(flown.flight_count, 0) as flight_count,
    coalesce(flown.destination_count, 0) as destination_count,
    coalesce(flown.aircraft_count, 0) as aircraft_count,
    case
        when flown.flight_count >= 30000 then 'major'
        when flown.flight_count >= 5000 then 'medium'
        else 'minor'
    end as presence_in_new_york
from {{ ref('stg_airlines') }} as airlines
left join flown on airlines.carrier_code = flown.carrier_code
