{{ config(severity='warn', group='network_operations') }}

-- One row per flight whose scheduled hour has no weather observation at its origin.
select flight_id, origin_airport_code, scheduled_hour_at_utc
from {{ ref('int_flights_with_weather') }}
where not has_weather
