-- The articles that the monthly views count: on topic, and the first revision of their page.
-- Months are of publication, UTC. Without a date an article has no month, and no monthly view
-- counts it: see undated. A post of a forum is an article of its own.
-- grain: article_id
-- chart: kind=line x=month y=rows rows=articles
--   title=Relevant_articles_by_month_of_publication
-- article_id: the article
-- source_id: the source that published it
-- month: first day of the month of publication; empty where the page gives no date
-- story_id: the story that it tells
-- copied: whether it is another article's text, as copy or repost; of a story, count one
SELECT a.id AS article_id, a.source_id, date_trunc('month', a.published_at)::DATE AS month,
       m.story_id, m.role IN ('copy', 'repost') AS copied
FROM article AS a JOIN member AS m ON m.article_id = a.id
WHERE a.relevant AND a.revision = 1
ORDER BY a.id
