-- How many relevant articles of each source have no date, and so are in no monthly view.
-- First revisions only.
-- grain: source_id
-- source_id: the source
-- articles: relevant articles without a date of publication
-- of_articles: all its relevant articles
SELECT source_id, count(*) FILTER (month IS NULL) AS articles, count(*) AS of_articles
FROM counted
GROUP BY ALL HAVING articles > 0 ORDER BY ALL
