{{ config(group='network_operations') }}

-- No flight is lost or doubled on its way from the source to the marts.
with counts as (
    select
        (select count(*) from {{ source('raw', 'flights') }}) as source_count,
        (select count(*) from {{ ref('fct_flights') }}) as fact_count,
        (select sum(flight_count) from {{ ref('carrier_monthly_performance') }}) as carrier_count,
        (select sum(scheduled_departures) from {{ ref('daily_airport_delays') }}) as airport_count
)

select *
from counts
where source_count <> fact_count
    or source_count <> carrier_count
    or source_count <> airport_count
