-- How many relevant articles and stories of each source carry each theme, month by month.
-- Months are of publication, UTC; articles without a date are left out; first revisions only.
-- Stories do not add up over sources or themes: one story may be in several. Count DISTINCT
-- story_id of the view counted for that.
-- grain: source_id, month, theme
-- chart: kind=line x=month y=articles by=theme adds=articles,copies apart=theme
-- source_id: the source
-- month: first day of the month
-- theme: id of the theme, as in data/codebook/themes
-- articles: relevant articles that carry it, copies and all
-- stories: the stories that they tell
-- copies: those of the articles that are another's text
SELECT c.source_id, c.month, t.label AS theme, count(*) AS articles,
       count(DISTINCT c.story_id) AS stories, count(*) FILTER (c.copied) AS copies
FROM counted AS c
JOIN (SELECT DISTINCT article_id, label FROM tag WHERE tagger = 'themes') AS t
  ON t.article_id = c.article_id
WHERE c.month IS NOT NULL
GROUP BY ALL ORDER BY ALL
