-- Articles by their address and what is known of them, without their text.
-- Held articles and forum posts are left out. A headline is a quotation, cut at the limit.
-- from: article
-- grain: id
-- title: headline that readers see over the text, as a quotation
-- text_characters: length of the text, in code points
-- text_sha256: SHA-256 of the text in UTF-8, in hex: tells whether a text fetched again is the same
SELECT id, url, page, source_id,
       if(length(title) > $quotation, left(title, $quotation - 4) || ' […]', title) AS title,
       authors, published_at, published_zone, published_precision, published_from,
       modified_at, modified_zone, modified_precision, modified_from, language, section, licence,
       credited_to, agency, paywalled, garbled, platform, extractor, confidence, word_count,
       length(text) AS text_characters, sha256(text) AS text_sha256,
       relevant, relevance, first_seen_at, last_seen_at, revision
FROM article SEMI JOIN publishable ON article_id = id
ORDER BY id
