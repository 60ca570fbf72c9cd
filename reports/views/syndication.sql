-- Which stories several pages tell in the same words, whose words they are, and who took them.
-- The original is the first that we hold, or the one that others credit; words that an agency wrote
-- for many papers are its own, whoever was first. Reports in words of their own do not count here.
-- grain: story_id
-- chart: kind=bar x=source_id y=pages by=known rows=stories
--   title=Pages_in_the_same_words_by_source_of_the_original
--   adds=pages,copies,rewrites,reposts,discussions
-- story_id: the story
-- article_id: the original; the first that we saw where none is known
-- known: whether the original is known: false where times and credits leave it open
-- source_id: its source
-- title: its headline
-- published_at: when it was published, UTC; empty where it does not say
-- agency: who wrote the words for many papers, as the pages say; "" where none does
-- pages: pages with these words, the original's among them
-- sources: how many sources they are of
-- copies: pages that have the words unchanged, or cut
-- rewrites: pages that changed a part of them
-- reposts: pages of blogs and forums that copy them and name their source
-- discussions: pages of blogs and forums that quote them at length
-- taken_by: the other sources that have them, sorted
-- last_at: when the last of the pages was published, UTC
-- relevant: whether one of the pages is relevant
WITH taking AS (
  SELECT m.story_id, m.role, a.page, a.source_id, a.published_at, a.agency, a.relevant
  FROM member AS m JOIN article AS a ON a.id = m.article_id WHERE m.of_article_id IS NOT NULL
),
giving AS (
  SELECT DISTINCT t.story_id, a.page, t.role IN ('original', 'report', 'discussion') AS own
  FROM member AS m JOIN member AS t ON t.article_id = m.of_article_id
  JOIN article AS a ON a.id = m.of_article_id
),
original AS (
  SELECT g.story_id, bool_or(g.own) AS known,
         arg_min(a.id, (NOT g.own, a.published_at IS NULL, a.published_at, a.first_seen_at, a.id)) AS id
  FROM giving AS g JOIN article AS a ON a.page = g.page AND a.revision = 1
  GROUP BY g.story_id
),
total AS (
  SELECT story_id, count(DISTINCT page) FILTER (role = 'copy') AS copies,
         count(DISTINCT page) FILTER (role = 'rewrite') AS rewrites,
         count(DISTINCT page) FILTER (role = 'repost') AS reposts,
         count(DISTINCT page) FILTER (role = 'discussion') AS discussions
  FROM taking GROUP BY ALL
),
page AS (
  SELECT story_id, page, source_id, published_at, agency, relevant FROM taking
  UNION ALL
  SELECT o.story_id, a.page, a.source_id, a.published_at, a.agency, a.relevant
  FROM original AS o JOIN article AS a ON a.id = o.id
),
whole AS (
  SELECT story_id, count(DISTINCT page) AS pages, count(DISTINCT source_id) AS sources,
         list(DISTINCT source_id ORDER BY source_id) AS names, max(agency) AS agency,
         max(published_at) AS last_at, bool_or(relevant) AS relevant
  FROM page GROUP BY ALL
)
SELECT o.story_id, o.id AS article_id, o.known, a.source_id, a.title, a.published_at, w.agency,
       w.pages, w.sources, t.copies, t.rewrites, t.reposts, t.discussions,
       list_filter(w.names, lambda name: name <> a.source_id) AS taken_by, w.last_at, w.relevant
FROM original AS o
JOIN article AS a ON a.id = o.id
JOIN total AS t ON t.story_id = o.story_id
JOIN whole AS w ON w.story_id = o.story_id
ORDER BY w.pages DESC, o.story_id
