{{ config(group='fleet_engineering') }}

with sightings as (
    select * from {{ ref('int_aircraft_sightings') }}
),

planes as (
    select * from {{ ref('stg_planes') }}
),

manufacturers as (
    select * from {{ ref('manufacturer_names') }}
)

select
    sightings.tail_number,
    sightings.is_registered,
    case
        when not sightings.is_registered then null
        else coalesce(manufacturers.manufacturer_name, 'Other')
    end as manufacturer_name,
    planes.model_name,
    planes.aircraft_type,
    planes.manufactured_year,
    2013 - planes.manufactured_year as age_in_2013_years,
    case
        when planes.manufactured_year is null then 'unknown'
        when planes.manufactured_year >= 2008 then '0 to 5 years'
        when planes.manufactured_year >= 1998 then '6 to 15 years'
        else 'over 15 years'
    end as age_band,
    planes.seat_count,
    planes.engine_count,
    planes.engine_type,
    sightings.first_flight_date,
    sightings.last_flight_date,
    sightings.flight_count
from sightings
left join planes on sightings.tail_number = planes.tail_number
left join manufacturers on planes.registered_manufacturer = manufacturers.registered_name
