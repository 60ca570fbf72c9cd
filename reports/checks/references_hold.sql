-- Every row that names another names one that exists.
-- Must return no rows.
SELECT 'article' AS table_name, id, 'source ' || source_id AS missing
FROM article ANTI JOIN source ON source.id = source_id
UNION ALL
SELECT 'capture', id, 'run ' || run_id FROM capture ANTI JOIN run ON run.id = run_id
UNION ALL
SELECT 'tag', article_id, 'authority ' || label
FROM tag ANTI JOIN authority ON short_name = label WHERE tagger = 'authorities'
