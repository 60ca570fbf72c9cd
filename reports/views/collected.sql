-- What became of the captures of each source, day by day: the denominator of every count.
-- Days are of fetching, UTC.
-- grain: source_id, day, became, reason
-- chart: kind=line x=day y=captures by=became adds=captures
--   title=Captures_by_day,_and_what_became_of_them
-- source_id: the source; "" for a stretch of the archive that is damaged
-- day: of fetching
-- became: article: it made one or more; repeat: it held what was known; dropped: it gave none
-- reason: why it was dropped; "" where it was not
-- captures: how many captures
SELECT c.source_id, c.fetched_at::DATE AS day,
       CASE WHEN d.capture_id IS NOT NULL THEN 'dropped'
            WHEN f.made THEN 'article' ELSE 'repeat' END AS became,
       coalesce(d.reason, '') AS reason, count(*) AS captures
FROM capture AS c
LEFT JOIN dropped AS d ON d.capture_id = c.id
LEFT JOIN (SELECT capture_id, bool_or(first) AS made FROM found GROUP BY ALL) AS f
  ON f.capture_id = c.id
GROUP BY ALL ORDER BY ALL
