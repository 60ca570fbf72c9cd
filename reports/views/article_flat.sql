-- One tidy row an article: what a spreadsheet or a data frame wants.
-- All articles: every revision, on topic or not; filter by relevant and revision. The text and the
-- names of people are left out: join article, tag. Lists are sorted.
-- grain: id
-- chart: kind=line x=published_at y=rows by=medium rows=articles
--   title=Articles_by_month_of_publication_and_medium
--   adds=word_count,quotes,words_quoted
-- id: the article
-- source_id: the source
-- source: its name
-- medium: what the source is: local-newspaper, blog, official …
-- url: the canonical URL; of a post with its anchor
-- title: the headline
-- published_at: UTC; empty where the page gives no date
-- published_precision: day, minute or second; empty where there is no date
-- first_seen_at: when it was first fetched, UTC
-- revision: 1 for the first text of its page, 2 for the next …
-- post: its number in a forum's thread; empty where it is no post
-- language: ISO 639-1; "" where unknown
-- word_count: words of the text
-- paywalled: whether only a teaser was served
-- agency: who wrote it for many papers: Local Democracy Reporting Service, PA …; "" for nobody
-- credited_to: the publication that the page names as its source
-- relevant: whether it is about children's services
-- relevance: how likely it is that, 0 to 1
-- held: whether it is kept out of public exports and reports: see held
-- themes: ids of the themes that it treats
-- authorities: short names of the authorities that it is about
-- judgements: grades that it reports: "Leeds: good", "Leeds: inadequate (past)"
-- stance: critical, mixed, neutral or supportive, towards the service that it is about
-- reply: whether a body that it criticises is given its say
-- quotes: how many quotations it has
-- words_quoted: how many words are quoted
-- first_speaker: role of the speaker of the first quotation; empty where there is none
-- story_id: the story that it tells
-- story_role: its role there: original, copy, rewrite, repost, discussion or report
-- copied_from: the article whose words it repeats; empty where it repeats none
WITH label AS (
  SELECT DISTINCT article_id, tagger,
         CASE WHEN tagger <> 'judgements' THEN label
              WHEN list_contains(notes, 'past') THEN concat(subject, ': ', label, ' (past)')
              ELSE concat(subject, ': ', label) END AS label
  FROM tag WHERE tagger IN ('themes', 'authorities', 'judgements', 'stance', 'reply')
),
labelled AS (
  SELECT article_id, list(label ORDER BY label) FILTER (tagger = 'themes') AS themes,
         list(label ORDER BY label) FILTER (tagger = 'authorities') AS authorities,
         list(label ORDER BY label) FILTER (tagger = 'judgements') AS judgements,
         min(label) FILTER (tagger = 'stance') AS stance, bool_or(tagger = 'reply') AS reply
  FROM label GROUP BY ALL
),
quoted AS (
  SELECT article_id, count(*) AS quotes,
         sum(len(regexp_extract_all(evidence, '\S+')))::BIGINT AS words,
         arg_min(label, start_char) AS first_speaker
  FROM tag WHERE tagger = 'quotes' GROUP BY ALL
),
coded AS (FROM labelled FULL JOIN quoted USING (article_id))
SELECT a.id, a.source_id, s.name AS source, s.medium, a.url, a.title, a.published_at,
       a.published_precision, a.first_seen_at, a.revision, a.post, a.language, a.word_count,
       a.paywalled, a.agency, a.credited_to, a.relevant, a.relevance,
       h.article_id IS NOT NULL AS held,
       coalesce(c.themes, []) AS themes, coalesce(c.authorities, []) AS authorities,
       coalesce(c.judgements, []) AS judgements, c.stance, coalesce(c.reply, false) AS reply,
       coalesce(c.quotes, 0) AS quotes, coalesce(c.words, 0) AS words_quoted, c.first_speaker,
       m.story_id, m.role AS story_role, m.of_article_id AS copied_from
FROM article AS a
LEFT JOIN source AS s ON s.id = a.source_id
LEFT JOIN coded AS c ON c.article_id = a.id
LEFT JOIN held AS h ON h.article_id = a.id
JOIN member AS m ON m.article_id = a.id
ORDER BY a.published_at DESC NULLS LAST, a.id
