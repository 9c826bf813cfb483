{{ config(group='commercial_analytics') }}

with months as (
    select
        carrier_code,
        month_start_date,
        sum(flight_count)::bigint as flight_count,
        sum(cancelled_count)::bigint as cancelled_count,
        sum(completed_count)::bigint as completed_count,
        sum(late_arrival_count)::bigint as late_arrival_count,
        sum(arrival_delay_minutes)::bigint as arrival_delay_minutes
    from {{ ref('int_route_carrier_months') }}
    group by carrier_code, month_start_date
),

rated as (
    select
        *,
        {{ share('cancelled_count', 'flight_count') }} as cancelled_share,
        {{ share('completed_count - late_arrival_count', 'completed_count') }} as on_time_share,
        round(arrival_delay_minutes / nullif(completed_count, 0), 1)
            as average_arrival_delay_minutes,
        {{ share('flight_count', 'sum(flight_count) over (partition by month_start_date)') }}
            as market_share
    from months
)

select
    rated.carrier_code,
    airlines.airline_name,
    rated.month_start_date,
    rated.flight_count,
    rated.cancelled_count,
    rated.completed_count,
    rated.late_arrival_count,
    rated.cancelled_share,
    rated.on_time_share,
    rated.average_arrival_delay_minutes,
    rated.market_share,
    round(rated.on_time_share - lag(rated.on_time_share) over carrier, 4)
        as on_time_share_change,
    rank() over (
        partition by rated.month_start_date order by rated.on_time_share desc nulls last
    ) as on_time_rank
from rated
left join {{ ref('dim_airlines') }} as airlines on rated.carrier_code = airlines.carrier_code
window carrier as (partition by rated.carrier_code order by rated.month_start_date)
