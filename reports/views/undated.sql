-- How many relevant articles of each source have no date, and so are in no monthly view.
-- First revisions only.
-- grain: source_id
-- chart: kind=bar x=source_id y=articles of=of_articles rows=sources adds=articles,of_articles
--   title=Relevant_articles_without_a_date
-- source_id: the source
-- articles: relevant articles without a date of publication
-- of_articles: all its relevant articles
SELECT source_id, count(*) FILTER (month IS NULL) AS articles, count(*) AS of_articles
FROM counted
GROUP BY ALL HAVING articles > 0 ORDER BY ALL
