-- How each source did in each month: was anybody listening, and did it speak?
-- Months are of fetching, UTC, from the first capture of the dataset to the last; every source of
-- the registry has a row for each. Before a source's first attempt its counts are empty, not 0.
-- What came of a source's pages, and why some were dropped: see collected.
-- grain: source_id, month
-- chart: kind=bar x=month y=rows by=state rows=sources
--   adds=attempts,ok,refused,put_off,gone,http_errors,unreachable,unusable,days_alive,pages,articles,relevant
-- source_id: the source
-- month: first day of the month
-- state: alive: on one day at least it told of new pages, or gave one; blocked: it was asked, gave
--   nothing, and mostly refused; silent: asked, gave nothing, mostly by failing; unwatched: nobody
--   asked; not begun: its collection starts later, or never
-- begun_on: day of its first attempt; empty where there was none yet
-- attempts: captures; the sum of ok and the failures, with redirects and duplicates
-- ok: fetched, or unchanged
-- refused: by robots.txt, a reservation, a status or a puzzle
-- put_off: by 429 or 503, or left by us
-- gone: taken down
-- http_errors: any other status that is an error
-- unreachable: no answer
-- unusable: an answer that is no page
-- days_alive: days on which it told of new pages, or gave one
-- pages: pages that were fetched for the first time, on any topic
-- articles: articles first seen in that month, on any topic
-- relevant: those of them that are relevant
-- longest_silence_days: most days in a row, within the month and since it began, without a new page
WITH days AS MATERIALIZED (FROM source_day),
span AS (SELECT min(day) AS first_day, max(day) AS last_day FROM days),
calendar AS (
  SELECT unnest(generate_series(date_trunc('month', first_day), last_day, INTERVAL 1 MONTH))::DATE
           AS month,
         least((month + INTERVAL 1 MONTH)::DATE - 1, last_day) AS month_end
  FROM span
),
begun AS (SELECT source_id, min(day) AS begun_on FROM days GROUP BY ALL),
watched AS (
  SELECT source_id, begun_on, month, month_end
  FROM begun JOIN calendar ON begun_on <= month_end
),
total AS (
  SELECT w.source_id, w.month, any_value(w.begun_on) AS begun_on,
         count(*) FILTER (d.alive) AS days_alive,
         coalesce(sum(COLUMNS(d.* EXCLUDE (source_id, day, alive))), 0)::BIGINT
  FROM watched AS w LEFT JOIN days AS d
    ON d.source_id = w.source_id AND date_trunc('month', d.day)::DATE = w.month
  GROUP BY ALL
),
spoke AS (  -- days with a new page, between the day before the watched month and the day after
  SELECT source_id, month, greatest(month, begun_on) - 1 AS day FROM watched
  UNION ALL SELECT source_id, month, month_end + 1 FROM watched
  UNION ALL SELECT source_id, date_trunc('month', day)::DATE, day FROM days WHERE pages > 0
),
silence AS (
  SELECT source_id, month, max(days) AS longest
  FROM (SELECT source_id, month,
               day - 1 - lag(day) OVER (PARTITION BY source_id, month ORDER BY day) AS days
        FROM spoke)
  GROUP BY ALL
)
SELECT s.id AS source_id, c.month,
       CASE
         WHEN t.source_id IS NULL THEN 'not begun'
         WHEN t.attempts = 0 THEN 'unwatched'
         WHEN t.days_alive > 0 THEN 'alive'
         WHEN 2 * (t.refused + t.put_off) >= t.attempts THEN 'blocked'
         ELSE 'silent'
       END AS state,
       t.begun_on, t.attempts, t.ok, t.refused, t.put_off, t.gone, t.http_errors, t.unreachable,
       t.unusable, t.days_alive, t.pages, t.articles, t.relevant,
       silence.longest AS longest_silence_days
FROM source AS s CROSS JOIN calendar AS c
LEFT JOIN total AS t ON t.source_id = s.id AND t.month = c.month
LEFT JOIN silence ON silence.source_id = s.id AND silence.month = c.month
ORDER BY ALL
