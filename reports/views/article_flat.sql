-- One tidy row an article: what a spreadsheet or a data frame wants.
-- Text is left out (join article for it); themes and authorities are lists, sorted.
-- grain: id
SELECT a.id, a.source_id, s.name AS source, s.medium, a.url, a.title, a.published_at,
       a.first_seen_at, a.revision, a.word_count, a.relevant, a.relevance,
       list_sort(list_distinct(list(t.label) FILTER (t.tagger = 'themes'))) AS themes,
       list_sort(list_distinct(list(t.label) FILTER (t.tagger = 'authorities'))) AS authorities
FROM article AS a
LEFT JOIN source AS s ON s.id = a.source_id
LEFT JOIN tag AS t ON t.article_id = a.id
GROUP BY ALL
ORDER BY a.published_at DESC NULLS LAST, a.id
