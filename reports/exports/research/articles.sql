-- Every article with its text; posts of forums and held articles too.
-- The text is the publisher's: it may be used for the stated purpose only, and not be passed on.
-- from: article
-- grain: id
-- text_characters: length of the text, in code points
-- text_sha256: SHA-256 of the text in UTF-8, in hex
-- held: why the article stays out of public exports and pages; empty where it need not
SELECT a.* EXCLUDE (capture_id), length(text) AS text_characters, sha256(text) AS text_sha256,
       coalesce(h.reasons, []) AS held
FROM article AS a LEFT JOIN held AS h ON h.article_id = a.id
ORDER BY a.id
