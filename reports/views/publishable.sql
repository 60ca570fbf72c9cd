-- Articles that a public export or page may show and quote from: neither held nor written by a forum's user.
-- Posts count in the monthly views, and are shown nowhere: who wrote them did not write for us.
-- grain: article_id
-- article_id: the article
SELECT a.id AS article_id
FROM article AS a JOIN source AS s ON s.id = a.source_id
WHERE a.post IS NULL AND a.pseudonym = '' AND s.medium <> 'forum' AND s.kind <> 'thread'
  AND a.id NOT IN (SELECT article_id FROM held)
ORDER BY ALL
