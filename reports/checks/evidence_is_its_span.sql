-- The evidence of every tag is the text at its span, in code points.
-- Must return no rows.
SELECT t.*
FROM tag AS t LEFT JOIN article AS a ON a.id = t.article_id
WHERE substring(a.text, t.start_char + 1, t.end_char - t.start_char) IS DISTINCT FROM t.evidence
   OR t.end_char <= t.start_char
