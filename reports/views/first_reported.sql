-- Who was the first to report each story that two sources or more report, and by how long.
-- Relevant articles with a date, first revisions only; a forum's discussion is no report. First is
-- who dates its article first, and no copy is, whatever it says of its date. A source that redates
-- its pages, or was not watched, may have been first all the same.
-- grain: story_id
-- chart: kind=bar x=source_id y=rows by=certain rows=stories_reported_first adds=articles,copies
--   title=Stories_that_several_sources_report,_by_who_was_first
-- story_id: the story
-- article_id: the article that is first
-- source_id: its source
-- title: its headline
-- published_at: when it was published, UTC
-- next_source_id: the other source with the earliest date
-- next_at: when that was, UTC
-- lead_hours: from the first to the next, in hours; empty where it is not certain, and where either
--   has a date without a time
-- certain: false where equal times, a date without a time, or a copy that claims to be older leave
--   open which of the two it was
-- articles: reports of the story, copies and all
-- sources: how many sources report it
-- copies: those of them that are another's text
WITH report AS (
  SELECT c.story_id, c.article_id, c.source_id, c.copied, a.title, a.published_at,
         a.published_precision = 'day' AS vague,
         row_number() OVER (PARTITION BY c.story_id
                            ORDER BY c.copied, a.published_at, c.article_id) AS place
  FROM counted AS c
  JOIN article AS a ON a.id = c.article_id
  LEFT JOIN member AS m ON m.article_id = c.article_id
  WHERE a.published_at IS NOT NULL AND m.role IS DISTINCT FROM 'discussion'
),
one AS (FROM report WHERE place = 1),
other AS (
  SELECT r.* FROM report AS r JOIN one ON one.story_id = r.story_id
  WHERE r.source_id <> one.source_id
  QUALIFY row_number() OVER (PARTITION BY r.story_id ORDER BY r.published_at, r.place) = 1
),
total AS (
  SELECT story_id, count(*) AS articles, count(DISTINCT source_id) AS sources,
         count(*) FILTER (copied) AS copies
  FROM report GROUP BY ALL
),
pair AS (
  SELECT one.*, other.source_id AS next_source_id, other.published_at AS next_at,
         one.vague OR other.vague AS by_day,
         other.published_at > one.published_at
           AND (NOT one.vague OR other.published_at >= one.published_at + INTERVAL 1 DAY) AS certain
  FROM one JOIN other ON other.story_id = one.story_id
)
SELECT p.story_id, p.article_id, p.source_id, p.title, p.published_at, p.next_source_id, p.next_at,
       CASE WHEN p.certain AND NOT p.by_day
         THEN round(date_diff('minute', p.published_at, p.next_at) / 60, 1) END AS lead_hours,
       p.certain, t.articles, t.sources, t.copies
FROM pair AS p JOIN total AS t ON t.story_id = p.story_id
ORDER BY p.story_id
