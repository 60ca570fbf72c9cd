-- How many relevant articles are about each authority, month by month.
-- Months are of publication, UTC; articles without a date are left out; first revisions only.
-- Copies of one story count once for each article.
-- grain: authority, month
SELECT t.label AS authority, date_trunc('month', a.published_at)::DATE AS month,
       count(DISTINCT a.id) AS articles, count(DISTINCT a.source_id) AS sources
FROM article AS a JOIN tag AS t ON t.article_id = a.id AND t.tagger = 'authorities'
WHERE a.relevant AND a.revision = 1 AND a.published_at IS NOT NULL
GROUP BY ALL ORDER BY ALL
