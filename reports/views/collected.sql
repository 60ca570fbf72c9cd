-- What became of the captures of each source, day by day: the denominator of every count.
-- Days are of fetching, UTC.
-- grain: source_id, day, became, reason
SELECT c.source_id, c.fetched_at::DATE AS day,
       CASE WHEN d.capture_id IS NOT NULL THEN 'dropped'
            WHEN f.made THEN 'article' ELSE 'repeat' END AS became,
       coalesce(d.reason, '') AS reason, count(*) AS captures
FROM capture AS c
LEFT JOIN dropped AS d ON d.capture_id = c.id
LEFT JOIN (SELECT capture_id, bool_or(first) AS made FROM found GROUP BY ALL) AS f
  ON f.capture_id = c.id
GROUP BY ALL ORDER BY ALL
