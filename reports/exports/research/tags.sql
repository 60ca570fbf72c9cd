-- What each article was coded as, and the words that justify it.
-- from: tag
-- grain: article_id, tagger, label, start_char, end_char, rule
SELECT * FROM tag ORDER BY article_id, tagger, label, start_char, end_char, rule
