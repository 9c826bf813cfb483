-- Written for Snowflake
-- A query from another company, in another dialect.
SELECT
  t.ticket_id,
  f.value::STRING AS word,
  IFF(t.csat >= 4, 'happy', 'not happy') AS mood,
  DATEADD(hour, 1, t.created_at) AS due_at
FROM support.ticket AS t,
  LATERAL FLATTEN(INPUT => SPLIT(t.subject, ' ')) AS f
WHERE t.channel ILIKE ANY ('mail', 'form')
