-- One row an article on children's services: what it says of whom, who speaks, and one sentence as evidence.
-- The latest revision of each page; held articles, forum posts and articles that are not relevant are left out.
-- A theme says what an article treats, never that it is true.
-- grain: id
-- headline: headline that readers see over the text
-- outlet: who published it
-- published: day of publication, London time; empty where the page does not say
-- link: address of the page
-- authorities: councils and trusts that it is about
-- themes: what it treats
-- quoted: who is quoted; people without a public office by their role only
-- judgement: grades that an inspectorate gave, as the article reports them
-- stance: what it says of the service on the whole: critical, supportive, mixed, neutral
-- right_of_reply: whether who is criticised has a say; empty where nobody is
-- evidence: the sentence that reports a judgement, else one that carries the stance, else one with its strongest theme; one that a private person says only where there is no other; a quotation
-- outlets_with_the_story: how many outlets carry the story; 1 where only this one does
-- story: the story that it belongs to; the same for each of its articles
-- first_seen: day on which Tocsin first saw it, UTC
-- id: identifier of the article
WITH latest AS (
  SELECT a.id, a.title, a.url, a.published_at, a.first_seen_at, a.text, s.name AS outlet
  FROM article AS a SEMI JOIN publishable AS p ON p.article_id = a.id
  JOIN source AS s ON s.id = a.source_id
  WHERE a.relevant
  QUALIFY row_number() OVER (PARTITION BY a.page ORDER BY a.revision DESC) = 1
), private AS (
  SELECT article_id, start_char, end_char FROM tag
  WHERE tagger = 'quotes' AND NOT list_contains($public_roles, label)
), marked AS (
  SELECT *, EXISTS (
    FROM private AS p WHERE p.article_id = t.article_id
      AND p.start_char < t.end_char AND t.start_char < p.end_char
  ) AS theirs
  FROM tag AS t
), told AS (
  SELECT article_id,
         list_sort(list_distinct(list(label) FILTER (tagger = 'authorities'))) AS authorities,
         list_sort(list_distinct(list(label) FILTER (tagger = 'themes'))) AS themes,
         list_sort(list_distinct(list(CASE
           WHEN label = 'other' THEN 'another speaker'
           WHEN list_contains(notes, 'anonymous') OR NOT list_contains($public_roles, label)
                OR subject = '' THEN replace(label, '-', ' ')
           ELSE subject || ' (' || replace(label, '-', ' ') || ')'
         END) FILTER (tagger = 'quotes'))) AS quoted,
         list_sort(list_distinct(list(
           concat_ws(': ', nullif(subject, ''), replace(label, '-', ' '))
           || if(list_contains(notes, 'past'), ' (earlier)', '')
         ) FILTER (tagger = 'judgements'))) AS judgement,
         bool_or(tagger = 'stance' AND label = 'critical') AS criticised,
         bool_or(tagger = 'reply') AS replied,
         min(label) FILTER (tagger = 'stance') AS stance,
         coalesce(
           min(start_char) FILTER (tagger = 'judgements' AND NOT theirs),
           min(start_char) FILTER (tagger = 'stance' AND label <> 'neutral' AND NOT theirs),
           arg_max(start_char, (weight, -start_char)) FILTER (tagger = 'themes' AND NOT theirs),
           min(start_char) FILTER (tagger = 'judgements'),
           min(start_char) FILTER (tagger = 'stance' AND label <> 'neutral'),
           arg_max(start_char, (weight, -start_char)) FILTER (tagger = 'themes')
         ) AS place
  FROM marked GROUP BY article_id
), carried AS (
  SELECT m.story_id, count(DISTINCT a.source_id) AS outlets
  FROM member AS m JOIN article AS a ON a.id = m.article_id
  SEMI JOIN publishable AS p ON p.article_id = a.id
  GROUP BY ALL
), shown AS (
  SELECT latest.*, told.* EXCLUDE (article_id), m.story_id, coalesce(outlets, 1) AS outlets,
         -- The sentence around a place: from the last end of one before it to the next after it.
         trim(regexp_extract(left(text, place), '(?s)(?:.*(?:[.!?]["''”’)]*\s+|\n))?(.*)$', 1)
           || regexp_extract(substr(text, place + 1), '(?s)^(.*?(?:[.!?]["''”’)]*(?:\s|$)|\n|$))', 1),
           ' ' || chr(10)
         ) AS sentence
  FROM latest LEFT JOIN told ON told.article_id = latest.id
  LEFT JOIN member AS m ON m.article_id = latest.id
  LEFT JOIN carried AS c ON c.story_id = m.story_id
)
SELECT if(length(title) > $quotation, left(title, $quotation - 4) || ' […]', title) AS headline,
       outlet,
       timezone('Europe/London', timezone('UTC', published_at))::DATE AS published,
       url AS link, coalesce(authorities, []) AS authorities, coalesce(themes, []) AS themes,
       coalesce(quoted, []) AS quoted, coalesce(judgement, []) AS judgement, stance,
       CASE WHEN criticised OR replied THEN if(replied, 'yes', 'no') END AS right_of_reply,
       if(length(sentence) > $quotation, left(sentence, $quotation - 4) || ' […]', sentence)
         AS evidence,
       outlets AS outlets_with_the_story, story_id AS story, first_seen_at::DATE AS first_seen, id
FROM shown
ORDER BY published DESC NULLS LAST, id
