with source as (
    select * from {{ source('raw', 'weather') }}
),

-- The hour in UTC is the key: on the night daylight saving ends the local hour 1 comes twice.
deduplicated as (
    select *
    from source
    qualify row_number() over (partition by origin, time_hour order by year, month, day, hour) = 1
)

select
    origin as airport_code,
    time_hour as observed_hour_at_utc,
    make_timestamp(year, month, day, hour, 0, 0) as observed_hour_at,
    temp as temperature_fahrenheit,
    dewp as dew_point_fahrenheit,
    humid as relative_humidity_percent,
    wind_dir as wind_direction_degrees,
    case when wind_speed <= 200 then {{ miles_per_hour_to_knots('wind_speed') }} end
        as wind_speed_knots,
    {{ miles_per_hour_to_knots('wind_gust') }} as wind_gust_knots,
    precip as precipitation_inches,
    pressure as sea_level_pressure_millibars,
    visib as visibility_miles
from deduplicated
