-- How many relevant articles of each source carry each theme, month by month.
-- Months are of publication, UTC; articles without a date are left out; first revisions only.
-- grain: source_id, month, theme
SELECT a.source_id, date_trunc('month', a.published_at)::DATE AS month,
       t.label AS theme, count(DISTINCT a.id) AS articles
FROM article AS a JOIN tag AS t ON t.article_id = a.id AND t.tagger = 'themes'
WHERE a.relevant AND a.revision = 1 AND a.published_at IS NOT NULL
GROUP BY ALL ORDER BY ALL
