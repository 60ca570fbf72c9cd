-- Which revisions changed what: headline, body, attribution, correction.
-- What the words were before and after is left out, as it is text.
-- from: edit
-- grain: article_id
SELECT e.article_id, p.article_id AS before_id, e.kinds, e.trivial
FROM edit AS e SEMI JOIN publishable AS shown ON shown.article_id = e.article_id
LEFT JOIN publishable AS p ON p.article_id = e.before_id
ORDER BY ALL
