-- Articles that a public export or page may show and quote from: neither held nor written by a forum's user.
-- Posts count in the monthly views, and are shown nowhere: who wrote them did not write for us.
-- Of a page with a held revision none is shown, lest an older text stand in the place of the newest.
-- grain: article_id
-- article_id: the article
SELECT a.id AS article_id
FROM article AS a JOIN source AS s ON s.id = a.source_id
WHERE a.post IS NULL AND a.pseudonym = '' AND s.medium <> 'forum' AND s.kind <> 'thread'
  AND a.page NOT IN (SELECT page FROM article WHERE id IN (SELECT article_id FROM held))
ORDER BY ALL
