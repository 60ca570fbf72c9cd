-- Every capture made an article, repeats some, or was dropped with a reason; and only one of them.
-- Must return no rows.
WITH outcome AS (
  SELECT DISTINCT capture_id, 'found' AS became FROM found
  UNION ALL SELECT capture_id, 'dropped' FROM dropped
)
SELECT c.id, c.url, count(became) AS outcomes
FROM capture AS c LEFT JOIN outcome ON capture_id = c.id
GROUP BY ALL HAVING count(became) <> 1
UNION ALL
SELECT capture_id, 'no such capture', 0 FROM outcome ANTI JOIN capture ON id = capture_id
