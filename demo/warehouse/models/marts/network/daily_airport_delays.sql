{{ config(group='network_operations') }}

with departures as (
    select *
    from {{ ref('int_airport_movements') }}
    where movement_kind = 'departure'
),

days as (
    select
        airport_code,
        flight_date,
        count(*) as scheduled_departures,
        count(*) filter (where flight_status = 'cancelled') as cancelled_departures,
        count(*) filter (where delay_minutes >= 15) as late_departures,
        round(avg(delay_minutes), 1) as average_delay_minutes,
        round(quantile_cont(delay_minutes, 0.5), 1) as median_delay_minutes,
        round(quantile_cont(delay_minutes, 0.9), 1) as p90_delay_minutes,
        max(delay_minutes) as longest_delay_minutes
    from departures
    group by airport_code, flight_date
)

select
    days.airport_code,
    days.flight_date,
    dates.weekday_name,
    dates.season,
    days.scheduled_departures,
    days.cancelled_departures,
    days.late_departures,
    {{ share('days.late_departures', 'days.scheduled_departures - days.cancelled_departures') }}
        as late_departure_share,
    days.average_delay_minutes,
    days.median_delay_minutes,
    days.p90_delay_minutes,
    days.longest_delay_minutes,
    round(
        avg(days.average_delay_minutes) over (
            partition by days.airport_code
            order by days.flight_date
            rows between 6 preceding and current row
        ),
        1
    ) as seven_day_average_delay_minutes
from days
left join {{ ref('dim_dates') }} as dates on days.flight_date = dates.date_day
