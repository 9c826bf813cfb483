select
    upper(trim(tailnum)) as tail_number,
    year as manufactured_year,
    lower(type) as aircraft_type,
    trim(manufacturer) as registered_manufacturer,
    trim(model) as model_name,
    engines as engine_count,
    lower(engine) as engine_type,
    seats as seat_count,
    speed as cruising_speed_mph
from {{ source('raw', 'planes') }}
