-- How often each source gives the body that it criticises its say.
-- Relevant articles that are critical or mixed, first revisions only; posts of forums are left out.
-- Of a paywalled page only a teaser was read, and the reply may stand behind it: such articles are
-- counted apart. A reply is a voice that speaks for the body, or its refusal to speak. What another
-- article of the story says is not seen, so no row says that a source is unfair.
-- grain: source_id
-- chart: kind=bar x=source_id y=with_reply of=critical few=critical rows=sources
--   title=Critical_articles_that_give_the_criticised_body_its_say
--   adds=critical,with_reply,teasers
-- source_id: the source
-- critical: critical and mixed articles that were read whole
-- with_reply: those of them that give the criticised body its say
-- share: with_reply of critical, 0 to 1; empty where there are none
-- teasers: critical and mixed articles of which only a teaser was read; not in the others
WITH coded AS (
  SELECT article_id, bool_or(tagger = 'stance' AND label IN ('critical', 'mixed')) AS criticises,
         bool_or(tagger = 'reply') AS replied
  FROM tag WHERE tagger IN ('stance', 'reply') GROUP BY ALL
)
SELECT c.source_id, count(*) FILTER (NOT a.paywalled) AS critical,
       count(*) FILTER (replied AND NOT a.paywalled) AS with_reply,
       round(with_reply / nullif(critical, 0), 4) AS share,
       count(*) FILTER (a.paywalled) AS teasers
FROM counted AS c
JOIN coded ON coded.article_id = c.article_id
JOIN article AS a ON a.id = c.article_id
WHERE criticises AND a.post IS NULL
GROUP BY ALL ORDER BY ALL
