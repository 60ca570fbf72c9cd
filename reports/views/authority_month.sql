-- How many relevant articles, and how many stories, are about each authority, month by month.
-- Months are of publication, UTC; articles without a date are left out; first revisions only.
-- An article about two authorities counts for both. A month without a row is no zero: coverage
-- tells whether anybody was listening.
-- grain: authority, month
-- chart: kind=line x=month y=stories by=authority adds=articles,copies apart=authority
-- authority: short name, as in the table authority
-- month: first day of the month
-- articles: relevant articles about it, copies and all
-- stories: the stories that they tell; a text in ten papers is one
-- copies: those of the articles that are another's text
-- sources: how many sources published them
SELECT t.label AS authority, c.month, count(*) AS articles, count(DISTINCT c.story_id) AS stories,
       count(*) FILTER (c.copied) AS copies, count(DISTINCT c.source_id) AS sources
FROM counted AS c
JOIN (SELECT DISTINCT article_id, label FROM tag WHERE tagger = 'authorities') AS t
  ON t.article_id = c.article_id
WHERE c.month IS NOT NULL
GROUP BY ALL ORDER BY ALL
