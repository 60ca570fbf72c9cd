-- Pages that were there and then were not: since when, how, and whether they came back.
-- One row a page, for the first time that it was gone; of a forum, the thread. The removal lies
-- between two looks at the page. A page at a new address has moved and is not here; nor is a single
-- post that was deleted, nor a page that its site only refused (401, 403) or could not serve.
-- grain: page
-- chart: kind=bar x=kind y=rows rows=removed_pages when=gone_at
--   title=Pages_that_were_gone,_and_how
-- page: the page
-- source_id: its source
-- title: its last headline
-- published_at: when it was published, UTC; empty where it does not say
-- kind: deleted (410), not found (404), legal (451), says it is gone (at status 200), front page or
--   another page (where its address leads now), robots.txt (forbids it now), reserved (may no longer
--   be kept)
-- last_seen_at: when it was last there before, UTC
-- gone_at: when it was first seen gone, UTC
-- leads_to: the page that its address leads to; "" where it leads nowhere
-- back_at: when it was seen again, UTC; empty where it was not
-- gone_now: whether it was gone when it was last looked at
-- relevant: whether one of its texts is relevant
-- capture_id: the capture that found it gone
WITH text AS (
  SELECT id, split_part(page, '#', 1) AS page, post, source_id, title, published_at, revision,
         relevant
  FROM article
),
there AS (
  SELECT t.page, c.page AS address, c.fetched_at, c.run_id
  FROM found JOIN text AS t ON t.id = article_id JOIN capture AS c ON c.id = capture_id
),
address AS (
  SELECT page, address, min(fetched_at) AS first_at, max(fetched_at) AS last_at
  FROM there GROUP BY ALL
),
verdict AS (
  SELECT c.id AS capture_id, a.page, a.address, c.fetched_at, c.run_id, c.leads_to,
         CASE
           WHEN status = 451 THEN 'legal'
           WHEN status = 410 THEN 'deleted'
           WHEN outcome = 'gone' AND status = 404 THEN 'not found'
           WHEN outcome = 'gone' THEN 'says it is gone'
           WHEN outcome = 'robots_denied' AND detail LIKE 'RobotsDenied%' THEN 'robots.txt'
           WHEN outcome = 'robots_denied' THEN 'reserved'
           WHEN regexp_full_match(leads_to, '[^/]+/(\?.*)?') THEN 'front page'
           WHEN leads_to <> '' THEN 'another page'
         END AS kind
  FROM capture AS c JOIN address AS a ON a.address = c.page AND c.fetched_at > a.first_at
  WHERE c.kind = 'page' AND (outcome IN ('gone', 'robots_denied') OR leads_to <> '')
),
gone AS (
  SELECT v.* FROM verdict AS v
  -- It leads to an address of the same page, or the same run found it there after all.
  ANTI JOIN address AS own ON own.page = v.page AND own.address = v.leads_to
  ANTI JOIN there AS t ON t.page = v.page AND t.run_id = v.run_id
  -- Another address of the page, such as that of its print version, is served on.
  ANTI JOIN address AS twin ON twin.page = v.page AND twin.address <> v.address
    AND twin.first_at < v.fetched_at AND twin.last_at > v.fetched_at
),
first AS (
  FROM gone QUALIFY row_number() OVER (PARTITION BY page ORDER BY fetched_at, capture_id) = 1
),
seen AS (
  SELECT g.page, max(t.fetched_at) FILTER (t.fetched_at < g.fetched_at) AS last_seen_at,
         min(t.fetched_at) FILTER (t.fetched_at > g.fetched_at) AS back_at,
         max(t.fetched_at) AS last_there_at
  FROM first AS g JOIN there AS t ON t.page = g.page GROUP BY ALL
),
last_gone AS (SELECT page, max(fetched_at) AS fetched_at FROM gone GROUP BY ALL),
last_text AS (
  SELECT page, arg_max(source_id, (coalesce(post, 0) * -1, revision)) AS source_id,
         arg_max(title, (coalesce(post, 0) * -1, revision)) AS title,
         min(published_at) AS published_at, bool_or(relevant) AS relevant
  FROM text GROUP BY ALL
)
SELECT f.page, t.source_id, t.title, t.published_at, f.kind, s.last_seen_at,
       f.fetched_at AS gone_at, f.leads_to, s.back_at,
       l.fetched_at > s.last_there_at AS gone_now, t.relevant, f.capture_id
FROM first AS f
JOIN seen AS s ON s.page = f.page
JOIN last_gone AS l ON l.page = f.page
JOIN last_text AS t ON t.page = f.page
ORDER BY f.fetched_at, f.page
