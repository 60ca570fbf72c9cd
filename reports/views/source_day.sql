-- What each source gave on each day that it was asked: attempts, how they ended, what was new.
-- Days are of fetching, UTC. An attempt is a capture of a page, feed, sitemap, listing or home
-- page; a site's rules (robots.txt, tdmrep.json) are not counted. A feed that answers and has
-- stopped changing counts as alive: longest_silence_days of source_health shows it.
-- grain: source_id, day
-- chart: kind=line x=day y=pages by=source_id
--   title=Pages_fetched_for_the_first_time_by_day_and_source
--   adds=attempts,ok,refused,put_off,gone,http_errors,unreachable,unusable,elsewhere,pages,articles,relevant
-- source_id: the source
-- day: of fetching, UTC; days without an attempt have no row
-- attempts: captures; the sum of the next eight columns
-- ok: fetched, or unchanged
-- refused: forbidden by robots.txt or a reservation, answered by 401, 403 or 451, or by a puzzle
-- put_off: stopped by 429 or 503, or left by us: for later, or because a person had it taken out
-- gone: taken down (404, 410)
-- http_errors: any other status that is an error
-- unreachable: no answer: name, connection, TLS, time, or robots.txt that cannot be had
-- unusable: an answer that is no page: too large, cut short, not HTML, an endless redirect
-- elsewhere: redirects on the way to a page, and pages that another address has already given
-- alive: whether a document that tells of new pages was read, or a new page came
-- pages: pages that were fetched for the first time, on any topic
-- articles: articles first seen on that day, on any topic; of a forum, posts
-- relevant: those of them that are relevant
WITH ended AS (
  SELECT source_id, fetched_at::DATE AS day,
         CASE
           WHEN outcome IN ('ok', 'unchanged') THEN 'ok'
           WHEN outcome IN ('redirect', 'duplicate') THEN 'elsewhere'
           WHEN outcome IN ('robots_denied', 'interstitial') OR status IN (401, 403, 451)
             THEN 'refused'
           WHEN outcome IN ('deferred', 'suppressed') THEN 'put off'
           WHEN outcome = 'gone' THEN 'gone'
           WHEN outcome IN ('timeout', 'conn_error', 'tls_error', 'dns_error',
                            'robots_unreachable') THEN 'unreachable'
           WHEN outcome = 'http_error' THEN 'http error'
           ELSE 'unusable'
         END AS how,
         how = 'ok' AND kind <> 'page' AS told
  FROM capture
  WHERE kind NOT IN ('robots', 'tdmrep') AND source_id IN (SELECT id FROM source)
),
total AS (
  SELECT source_id, day, count(*) AS attempts, count(*) FILTER (how = 'ok') AS ok,
         count(*) FILTER (how = 'refused') AS refused,
         count(*) FILTER (how = 'put off') AS put_off, count(*) FILTER (how = 'gone') AS gone,
         count(*) FILTER (how = 'http error') AS http_errors,
         count(*) FILTER (how = 'unreachable') AS unreachable,
         count(*) FILTER (how = 'unusable') AS unusable,
         count(*) FILTER (how = 'elsewhere') AS elsewhere, bool_or(told) AS told
  FROM ended GROUP BY ALL
),
new AS (
  SELECT source_id, first_at::DATE AS day, count(*) AS pages
  FROM (
    SELECT source_id, page, min(fetched_at) AS first_at FROM capture
    WHERE kind = 'page' AND outcome = 'ok' GROUP BY ALL
  )
  GROUP BY ALL
),
seen AS (
  SELECT source_id, first_seen_at::DATE AS day, count(*) AS articles,
         count(*) FILTER (relevant) AS relevant
  FROM article WHERE revision = 1 GROUP BY ALL
)
SELECT t.* EXCLUDE (told), t.told OR new.pages IS NOT NULL AS alive,
       coalesce(new.pages, 0) AS pages, coalesce(seen.articles, 0) AS articles,
       coalesce(seen.relevant, 0) AS relevant
FROM total AS t
LEFT JOIN new ON new.source_id = t.source_id AND new.day = t.day
LEFT JOIN seen ON seen.source_id = t.source_id AND seen.day = t.day
ORDER BY ALL
