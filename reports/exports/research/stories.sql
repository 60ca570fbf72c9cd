-- Stories: articles that treat one event or are one text.
-- from: story
-- grain: id
-- articles: how many articles it has
SELECT s.id, s.article_id, count(m.article_id) AS articles
FROM story AS s LEFT JOIN member AS m ON m.story_id = s.id
GROUP BY ALL ORDER BY s.id
