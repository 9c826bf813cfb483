{{ config(group='commercial_analytics') }}

with carriers as (
    select
        origin_airport_code,
        destination_airport_code,
        carrier_code,
        sum(flight_count)::bigint as flight_count,
        sum(cancelled_count)::bigint as cancelled_count,
        sum(completed_count)::bigint as completed_count,
        sum(late_arrival_count)::bigint as late_arrival_count,
        sum(arrival_delay_minutes)::bigint as arrival_delay_minutes,
        max(distance_miles) as distance_miles
    from {{ ref('int_route_carrier_months') }}
    group by origin_airport_code, destination_airport_code, carrier_code
),

routes as (
    select
        origin_airport_code,
        destination_airport_code,
        max(distance_miles) as distance_miles,
        count(*) as carrier_count,
        arg_max(carrier_code, flight_count order by carrier_code) as leading_carrier_code,
        max(flight_count) as leading_carrier_flight_count,
        sum(flight_count)::bigint as flight_count,
        sum(cancelled_count)::bigint as cancelled_count,
        sum(completed_count)::bigint as completed_count,
        sum(late_arrival_count)::bigint as late_arrival_count,
        sum(arrival_delay_minutes)::bigint as arrival_delay_minutes
    from carriers
    group by origin_airport_code, destination_airport_code
)

select
    routes.origin_airport_code || '-' || routes.destination_airport_code as route_code,
    routes.origin_airport_code,
    routes.destination_airport_code,
    destinations.airport_name as destination_name,
    destinations.region_name as destination_region,
    routes.distance_miles,
    case
        when routes.distance_miles < 500 then 'short haul'
        when routes.distance_miles < 1500 then 'medium haul'
        else 'long haul'
    end as haul,
    routes.carrier_count,
    routes.leading_carrier_code,
    {{ share('routes.leading_carrier_flight_count', 'routes.flight_count') }}
        as leading_carrier_share,
    routes.flight_count,
    {{ share('routes.cancelled_count', 'routes.flight_count') }} as cancelled_share,
    {{ share('routes.completed_count - routes.late_arrival_count', 'routes.completed_count') }}
        as on_time_share,
    round(routes.arrival_delay_minutes / nullif(routes.completed_count, 0), 1)
        as average_arrival_delay_minutes,
    ntile(4) over (order by routes.flight_count desc, route_code) as traffic_quartile
from routes
left join {{ ref('dim_airports') }} as destinations
    on routes.destination_airport_code = destinations.airport_code
