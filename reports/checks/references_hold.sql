-- Every row that names another names one that exists.
-- Must return no rows.
SELECT 'article' AS table_name, id, 'source ' || source_id AS missing
FROM article ANTI JOIN source ON source.id = source_id
UNION ALL
SELECT 'capture', id, 'run ' || run_id FROM capture ANTI JOIN run ON run.id = run_id
UNION ALL
SELECT 'tag', article_id, 'authority ' || label
FROM tag ANTI JOIN authority ON short_name = label WHERE tagger = 'authorities'
UNION ALL
SELECT 'article', id, 'its story' FROM article ANTI JOIN member ON article_id = id
UNION ALL
SELECT 'member', article_id, 'article' FROM member ANTI JOIN article ON id = article_id
UNION ALL
SELECT 'member', article_id, 'story ' || story_id FROM member ANTI JOIN story ON id = story_id
UNION ALL
SELECT 'member', m.article_id, 'in its story, article ' || m.of_article_id
FROM member AS m ANTI JOIN member AS o
  ON o.article_id = m.of_article_id AND o.story_id = m.story_id
WHERE m.of_article_id IS NOT NULL
UNION ALL
SELECT 'story', s.id, 'among its members, article ' || s.article_id
FROM story AS s ANTI JOIN member AS m ON m.article_id = s.article_id AND m.story_id = s.id
UNION ALL
SELECT 'shared', s.article_id, 'in its story, article ' || s.of_article_id
FROM shared AS s LEFT JOIN member AS a ON a.article_id = s.article_id
LEFT JOIN member AS b ON b.article_id = s.of_article_id
WHERE a.story_id IS NULL OR b.story_id IS DISTINCT FROM a.story_id
UNION ALL
SELECT 'edit', e.article_id, 'of the same page, article ' || e.before_id
FROM edit AS e JOIN article AS a ON a.id = e.article_id
ANTI JOIN article AS b ON b.id = e.before_id AND b.page = a.page
