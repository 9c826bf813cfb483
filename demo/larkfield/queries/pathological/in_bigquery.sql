-- Written for BigQuery
-- A query from another company, in another dialect.
SELECT
  s.visitor_id,
  ARRAY_AGG(s.landing_page ORDER BY s.started_at LIMIT 1)[SAFE_OFFSET(0)] AS first_page,
  COUNTIF(s.page_views > 3) AS deep_visits,
  TIMESTAMP_TRUNC(MIN(s.started_at), WEEK) AS first_week
FROM `mktg`.`web_session` AS s
WHERE s.country NOT IN UNNEST(['US', 'CA'])
GROUP BY s.visitor_id
QUALIFY ROW_NUMBER() OVER (PARTITION BY first_week ORDER BY deep_visits DESC) <= 10
