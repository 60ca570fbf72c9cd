-- What each revision of a page changed, line by line.
-- from: edit
-- grain: article_id
SELECT * FROM edit ORDER BY ALL
