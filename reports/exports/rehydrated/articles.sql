-- Texts that were fetched again and are, by their hash, those of the export, under its ids.
-- The text is the publisher's: it may be used for the stated purpose only, and not be passed on.
-- from: article
-- grain: id
-- id: identifier of the article in the export
-- here: identifier of the article in this home; another where its headline or address has changed
-- text_sha256: SHA-256 of the text in UTF-8, in hex
SELECT w.id, a.id AS here, a.* EXCLUDE (id, capture_id), w.text_sha256
FROM wanted AS w
JOIN article AS a ON sha256(a.text) = w.text_sha256
WHERE w.outcome IN ('same', 'same text')
QUALIFY row_number() OVER (PARTITION BY w.id ORDER BY a.id <> w.id, a.page <> w.page, a.id) = 1
ORDER BY w.id
