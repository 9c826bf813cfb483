{{ config(group='network_operations') }}

with served as (
    select
        airport_code,
        count(*) filter (where movement_kind = 'departure') as departure_count,
        count(*) filter (where movement_kind = 'arrival') as arrival_count
    from {{ ref('int_airport_movements') }}
    group by airport_code
),

airports as (
    select * from {{ ref('stg_airports') }}
),

regions as (
    select * from {{ ref('time_zone_regions') }}
),

-- Four destinations are missing in the airport list: they get a row of their own.
codes as (
    select airport_code from airports
    union
    select airport_code from served
)

select
    codes.airport_code,
    coalesce(airports.airport_name, 'Not in the airport list') as airport_name,
    airports.airport_code is not null as is_listed,
    airports.location_kind,
    airports.latitude_degrees,
    airports.longitude_degrees,
    airports.altitude_feet,
    airports.time_zone,
    regions.region_name,
    regions.standard_utc_offset_hours,
    codes.airport_code in ('EWR', 'JFK', 'LGA') as is_new_york_airport,
    coalesce(served.departure_count, 0) as departure_count,
    coalesce(served.arrival_count, 0) as arrival_count
from codes
left join airports on codes.airport_code = airports.airport_code
left join served on codes.airport_code = served.airport_code
left join regions on airports.time_zone = regions.time_zone
