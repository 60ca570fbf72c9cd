-- Sentences of an article that stand in another article of its story as well.
-- from: shared
-- grain: article_id, of_article_id, start_char, end_char
SELECT * FROM shared ORDER BY ALL
