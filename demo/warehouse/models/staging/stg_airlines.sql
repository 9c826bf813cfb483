select
    carrier as carrier_code,
    name as legal_name,
    trim(regexp_replace(name, '\s+(Inc\.|Co\.|Corporation)$', '')) as airline_name
from {{ source('raw', 'airlines') }}
