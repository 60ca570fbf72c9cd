-- One row a story that a public page may show: who tells it, what it is about, and one sentence of it.
-- Of relevant articles that are publishable, the latest revision of each page that is still there
-- (removals); a story of which none is left is not here. The sentence reports a judgement, else has
-- the strongest theme, else carries the stance; none in which a private person is quoted is taken.
-- Headline and sentence are quotations of the article, of 300 characters at most, and may name
-- somebody whom it names. Lists are sorted.
-- grain: story_id
-- chart: kind=bar x=themes y=rows rows=stories adds=articles,copies
-- story_id: the story
-- article_id: the article that stands for it: the original, or the earliest that may be shown
-- source_id: its source
-- source: its name
-- url: its address
-- title: its headline
-- published_at: when it was published, UTC; empty where the page does not say
-- shown_since: when the story could first be shown, UTC: an article was seen, or cleared
-- articles: articles that tell it, copies and all
-- copies: those of them that are another's text
-- sources: how many sources they are of
-- authorities: short names of the authorities that the articles are about
-- themes: ids of the themes that the articles treat
-- judgements: grades that the articles report: "Leeds: good", "Leeds: inadequate (past)"
-- stance: of the article that stands for it: critical, mixed, neutral or supportive
-- replied: where an article is critical or mixed, whether one gives the criticised body its say
-- evidence: a sentence of the article that stands for it; empty where there is none to show
WITH latest AS (
  SELECT a.id, a.page, a.source_id, a.url, a.title, a.published_at, m.story_id, m.role,
         a.id IN (SELECT article_id FROM story) AS first,
         min(CASE WHEN a.relevant THEN greatest(a.first_seen_at, c.cleared_at) END)
           OVER (PARTITION BY a.page) AS shown_since
  FROM article AS a SEMI JOIN publishable AS p ON p.article_id = a.id
  ANTI JOIN (SELECT page FROM removals WHERE gone_now) AS r ON r.page = a.page
  JOIN member AS m ON m.article_id = a.id
  LEFT JOIN clearance AS c ON c.article_id = a.id
  QUALIFY row_number() OVER (PARTITION BY a.page ORDER BY a.revision DESC) = 1 AND a.relevant
), private AS (
  SELECT article_id, start_char, end_char FROM tag
  WHERE tagger = 'quotes' AND label NOT IN (
    'council-spokesperson', 'council-officer', 'councillor', 'inspector', 'government', 'mp',
    'police', 'health', 'charity', 'union', 'expert', 'judge')
), marked AS (
  SELECT t.*, EXISTS (
    FROM private AS p WHERE p.article_id = t.article_id
      AND p.start_char < t.end_char AND t.start_char < p.end_char
  ) AS theirs
  FROM tag AS t SEMI JOIN latest ON latest.id = t.article_id
  WHERE t.tagger IN ('authorities', 'themes', 'judgements', 'stance', 'reply')
), told AS (
  SELECT article_id,
         list(label) FILTER (tagger = 'authorities') AS authorities,
         list(label) FILTER (tagger = 'themes') AS themes,
         list(concat(subject, ': ', label,
                     CASE WHEN list_contains(notes, 'past') THEN ' (past)' END))
           FILTER (tagger = 'judgements') AS judgements,
         min(label) FILTER (tagger = 'stance') AS stance,
         coalesce(bool_or(tagger = 'reply'), false) AS replied,
         coalesce(
           min(start_char) FILTER (tagger = 'judgements' AND NOT theirs),
           arg_max(start_char, (weight, -start_char)) FILTER (tagger = 'themes' AND NOT theirs),
           min(start_char) FILTER (tagger = 'stance' AND label <> 'neutral' AND NOT theirs)
         ) AS place
  FROM marked GROUP BY article_id
), one AS (
  SELECT l.story_id, l.id, l.source_id, s.name AS source, l.url, l.title, l.published_at,
         t.stance, t.place
  FROM latest AS l JOIN source AS s ON s.id = l.source_id LEFT JOIN told AS t ON t.article_id = l.id
  QUALIFY row_number() OVER (
    PARTITION BY l.story_id
    ORDER BY l.first DESC, l.role IN ('copy', 'repost'), l.published_at NULLS LAST, l.id) = 1
), cut AS (  -- from the last end of a sentence before the place to the next one after it
  SELECT one.*,
         regexp_extract(left(a.text, place), '(?s)(?:.*(?:[.!?]["''”’)]*\s+|\n))?(.*)$', 1) AS head,
         regexp_extract(
           substr(a.text, place + 1), '(?s)^(.*?(?:[.!?]["''”’)]*(?:\s|$)|\n|$))', 1) AS rest
  FROM one JOIN article AS a ON a.id = one.id
), said AS (
  SELECT cut.*, CASE WHEN NOT EXISTS (
           FROM private AS p WHERE p.article_id = cut.id
             AND p.start_char < place + length(rest) AND place - length(head) < p.end_char
         ) THEN nullif(trim(head || rest, ' ' || chr(10)), '') END AS sentence
  FROM cut
), whole AS (
  SELECT l.story_id, min(l.shown_since) AS shown_since, count(*) AS articles,
         count(*) FILTER (l.role IN ('copy', 'repost')) AS copies,
         count(DISTINCT l.source_id) AS sources,
         list_sort(list_distinct(flatten(list(t.authorities)))) AS authorities,
         list_sort(list_distinct(flatten(list(t.themes)))) AS themes,
         list_sort(list_distinct(flatten(list(t.judgements)))) AS judgements,
         CASE WHEN bool_or(t.stance IN ('critical', 'mixed')) THEN bool_or(t.replied) END AS replied
  FROM latest AS l LEFT JOIN told AS t ON t.article_id = l.id
  GROUP BY ALL
)
SELECT o.story_id, o.id AS article_id, o.source_id, o.source, o.url,
       CASE WHEN length(o.title) > 300 THEN left(o.title, 296) || ' […]' ELSE o.title END AS title,
       o.published_at,
       w.shown_since, w.articles, w.copies, w.sources, w.authorities, w.themes, w.judgements,
       o.stance, w.replied,
       CASE WHEN length(o.sentence) > 300 THEN left(o.sentence, 296) || ' […]' ELSE o.sentence
       END AS evidence
FROM said AS o JOIN whole AS w ON w.story_id = o.story_id
ORDER BY o.story_id
