-- Stories: articles that treat one event or are one text.
-- Only those of which an article is shown; the one that stands for a story may not be.
-- from: story
-- grain: id
-- articles: how many of its articles are shown here
SELECT s.id, any_value(p.article_id) AS article_id, count(*) AS articles
FROM story AS s JOIN member AS m ON m.story_id = s.id
SEMI JOIN publishable AS shown ON shown.article_id = m.article_id
LEFT JOIN publishable AS p ON p.article_id = s.article_id
GROUP BY s.id ORDER BY s.id
