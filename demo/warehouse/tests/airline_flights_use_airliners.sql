{{ config(severity='warn', group='fleet_engineering') }}

-- One row per tail number with fewer than 20 seats in the register that flew scheduled services
-- of an airline whose smallest airliner is far larger: the registration was given to another
-- aircraft after 2013, and the register shows the newer or older holder.
select tail_number, manufacturer_name, seat_count, flight_count
from {{ ref('aircraft_utilization') }}
where seat_count < 20 and main_carrier_code in ('AA', 'B6', 'DL', 'MQ')
