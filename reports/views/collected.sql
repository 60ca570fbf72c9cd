-- What became of the captures of each source, day by day: the denominator of every count.
-- Days are of fetching, UTC.
-- grain: source_id, day, became, reason
SELECT c.source_id, c.fetched_at::DATE AS day,
       CASE WHEN d.capture_id IS NOT NULL THEN 'dropped'
            WHEN r.capture_id IS NOT NULL THEN 'repeat' ELSE 'article' END AS became,
       coalesce(d.reason, '') AS reason, count(*) AS captures
FROM capture AS c
LEFT JOIN dropped AS d ON d.capture_id = c.id
LEFT JOIN repeat AS r ON r.capture_id = c.id
GROUP BY ALL ORDER BY ALL
