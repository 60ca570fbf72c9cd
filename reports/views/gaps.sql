-- When nobody heard a source: stretches of two whole days and more without a sign of new pages.
-- Days are of fetching, UTC, from the first capture of the dataset to the last. A feed names its
-- articles for some days, so a short gap may have lost none, and a long one may be filled later
-- by a backfill. Sources that are not enabled and were never asked are left out.
-- grain: source_id, from_day
-- chart: kind=bar x=source_id y=days by=kind rows=gaps adds=days
--   title=Days_without_a_sign_of_new_pages,_by_source
-- source_id: the source
-- from_day: first day of the gap
-- to_day: last day of the gap
-- days: how many they are
-- kind: not begun: before its first attempt; unwatched: nobody asked; blocked: it was asked, and
--   mostly refused; silent: it was asked, and mostly failed. Of a long gap the kind is what most
--   of its attempts met
WITH days AS MATERIALIZED (FROM source_day),
span AS (SELECT min(day) AS first_day, max(day) AS last_day FROM days),
begun AS (SELECT source_id, min(day) AS begun_on FROM days GROUP BY ALL),
sign AS (  -- days with a sign of life, between the day before it began and the day after the last
  SELECT source_id, day FROM days WHERE alive
  UNION SELECT source_id, begun_on - 1 FROM begun
  UNION SELECT source_id, last_day + 1 FROM begun, span
),
stretch AS (
  SELECT source_id, lag(day) OVER (PARTITION BY source_id ORDER BY day) + 1 AS from_day,
         day - 1 AS to_day
  FROM sign
),
gap AS (
  SELECT g.source_id, from_day, to_day,
         CASE
           WHEN count(d.day) = 0 THEN 'unwatched'
           WHEN 2 * sum(d.refused + d.put_off) >= sum(d.attempts) THEN 'blocked'
           ELSE 'silent'
         END AS kind
  FROM stretch AS g
  LEFT JOIN days AS d ON d.source_id = g.source_id AND d.day BETWEEN from_day AND to_day
  WHERE to_day > from_day
  GROUP BY ALL
  UNION ALL
  SELECT s.id, first_day, coalesce(begun_on - 1, last_day), 'not begun'
  FROM source AS s CROSS JOIN span LEFT JOIN begun ON begun.source_id = s.id
  WHERE (s.status = 'enabled' OR begun_on IS NOT NULL) AND begun_on IS DISTINCT FROM first_day
    AND first_day IS NOT NULL
)
SELECT source_id, from_day, to_day, to_day - from_day + 1 AS days, kind
FROM gap ORDER BY ALL
