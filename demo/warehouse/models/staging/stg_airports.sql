with source as (
    select
        *,
        -- No airport of the United States lies north of 71.5 degrees: such a row has latitude and
        -- longitude exchanged.
        lat > 71.5 as is_swapped
    from {{ source('raw', 'airports') }}
),

corrected as (
    select
        *,
        case when is_swapped then lon else lat end as latitude_degrees,
        case
            when is_swapped then -abs(lat)
            -- East of Greenwich only the western Aleutians (beyond 170 degrees) are American.
            when lon between 0 and 170 then -lon
            else lon
        end as longitude_degrees
    from source
)

select
    faa as airport_code,
    trim(name) as airport_name,
    case
        when name = 'All Airports' then 'metropolitan area'
        when name ilike '%seaplane%' then 'seaplane base'
        when name ilike '%heliport%' then 'heliport'
        when regexp_matches(
            name, '(Amtrak|Rail|Train|Union|Penn|Back Bay|30th St) ?.*(Station|Terminal)'
        ) then 'rail station'
        else 'airport'
    end as location_kind,
    latitude_degrees,
    longitude_degrees,
    alt as altitude_feet,
    case when tzone not like 'Asia/%' then tzone end as time_zone,
    latitude_degrees <> lat or longitude_degrees <> lon as is_position_corrected
from corrected
