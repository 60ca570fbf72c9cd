-- Counts of each authority's articles beside who was listening: no count is 0 because a feed died.
-- Months are of publication (UTC) for articles and stories, and of fetching for sources. A count
-- that would be 0 is empty where none of the sources that serve the authority was alive. In the
-- month in which collection began, and before, what there is came late and is not complete: see
-- source_days. Sources that serve a whole nation count as wide only. First revisions only; articles
-- without a date are left out (undated).
-- grain: authority, month
-- chart: kind=bar x=month y=rows by=state rows=authorities
--   title=Authorities_by_month,_and_whether_a_source_that_serves_them_was_heard
--   adds=source_days,collected,relevant,local,articles apart=authority
-- authority: short name, as in the table authority
-- month: first day of the month
-- state: alive: a source that serves it was alive; none alive; not begun: no collection yet from
--   any of them; no source: the registry names none
-- sources: sources that serve it (source.authorities) and are enabled, or were once asked
-- sources_begun: those whose collection had begun by the end of the month
-- sources_alive: those that were alive, as in source_health
-- source_days: days on which they were, added up: the finest denominator
-- wide_alive: sources that were alive and serve all its nation, or all the UK
-- collected: articles of its sources, on any topic
-- relevant: those of them that are relevant
-- local: those of the relevant ones that are about the authority
-- articles: relevant articles about it, of any source, as in authority_month
-- stories: the stories that they tell
WITH health AS MATERIALIZED (FROM source_health),
serves AS (
  SELECT source_id, short_name AS authority
  FROM (SELECT id AS source_id, unnest(authorities) AS served FROM source) AS s
  JOIN authority AS a ON a.id = s.served GROUP BY ALL
),
wide AS (
  SELECT h.month, a.short_name AS authority, count(DISTINCT h.source_id) AS alive
  FROM health AS h JOIN source AS s ON s.id = h.source_id AND h.state = 'alive'
  JOIN authority AS a ON list_has_any(s.authorities, 
    ['ALL-UK', 'ALL-' || replace(upper(a.country), 'NORTHERN IRELAND', 'NI')])
  GROUP BY ALL
),
serving AS (
  SELECT authority, count(*) AS sources FROM serves JOIN source AS s ON s.id = serves.source_id
  WHERE s.status = 'enabled' OR s.id IN (SELECT source_id FROM source_day) GROUP BY ALL
),
watched AS (
  SELECT authority, month, count(*) FILTER (h.state <> 'not begun') AS begun,
         count(*) FILTER (h.state = 'alive') AS alive,
         coalesce(sum(h.days_alive), 0)::BIGINT AS source_days
  FROM serves JOIN health AS h ON h.source_id = serves.source_id GROUP BY ALL
),
gathered AS (
  SELECT s.authority, date_trunc('month', a.published_at)::DATE AS month, count(*) AS collected,
         count(*) FILTER (a.relevant) AS relevant,
         count(t.article_id) FILTER (a.relevant) AS local
  FROM article AS a JOIN serves AS s ON s.source_id = a.source_id
  LEFT JOIN (SELECT DISTINCT article_id, label FROM tag WHERE tagger = 'authorities') AS t
    ON t.article_id = a.id AND t.label = s.authority
  WHERE a.revision = 1 AND a.published_at IS NOT NULL
  GROUP BY ALL
),
axis AS (
  SELECT a.short_name AS authority, h.month
  FROM authority AS a CROSS JOIN (SELECT DISTINCT month FROM health) AS h
  WHERE coalesce(a.valid_to >= h.month, true)
    AND coalesce(a.valid_from < h.month + INTERVAL 1 MONTH, true)
  UNION SELECT authority, month FROM gathered
  UNION SELECT authority, month FROM authority_month
),
listening AS (
  SELECT x.authority, x.month,
         CASE
           WHEN serving.sources IS NULL THEN 'no source'
           WHEN coalesce(w.begun, 0) = 0 THEN 'not begun'
           WHEN w.alive = 0 THEN 'none alive'
           ELSE 'alive'
         END AS state,
         CASE WHEN w.alive > 0 THEN 0 END AS zero,  -- what a count is where there is nothing
         coalesce(serving.sources, 0) AS sources, coalesce(w.begun, 0) AS sources_begun,
         coalesce(w.alive, 0) AS sources_alive, coalesce(w.source_days, 0) AS source_days,
         coalesce(wide.alive, 0) AS wide_alive
  FROM axis AS x
  LEFT JOIN serving ON serving.authority = x.authority
  LEFT JOIN watched AS w ON w.authority = x.authority AND w.month = x.month
  LEFT JOIN wide ON wide.authority = x.authority AND wide.month = x.month
)
SELECT l.* EXCLUDE (zero), coalesce(g.collected, zero) AS collected,
       coalesce(nullif(g.relevant, 0), zero) AS relevant,
       coalesce(nullif(g.local, 0), zero) AS local,
       coalesce(m.articles, zero) AS articles, coalesce(m.stories, zero) AS stories
FROM listening AS l
LEFT JOIN gathered AS g ON g.authority = l.authority AND g.month = l.month
LEFT JOIN authority_month AS m ON m.authority = l.authority AND m.month = l.month
ORDER BY ALL
