{{ config(severity='warn', group='fleet_engineering') }}

-- One row per tail number with fewer than 20 seats in the register that flew scheduled services
-- of an airline whose smallest airliner is far larger. The register most likely describes another
-- aircraft that carried the same number before or after.
select tail_number, manufacturer_name, seat_count, flight_count
from {{ ref('aircraft_utilization') }}
where seat_count < 20 and main_carrier_code in ('AA', 'B6', 'DL', 'MQ')
