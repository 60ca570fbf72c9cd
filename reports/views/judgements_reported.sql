-- Which overall grades of an authority's children's services are reported, and by whom first.
-- What articles say, not what inspectors published: reports are sometimes wrong, and a grade of
-- years ago stands beside one of today; bodies and years tell them apart where the text does.
-- Relevant articles, first revisions only; one without a date is counted, and never the first.
-- grain: authority, grade, past
-- chart: kind=bar x=grade y=rows by=past rows=authorities
--   title=Authorities_by_the_grades_that_are_reported
-- authority: short name, as in the table authority
-- grade: outstanding, good, requires-improvement or inadequate
-- past: whether the article says that the grade is superseded
-- first_reported: when the first article was published, UTC; empty where none has a date
-- last_reported: when the last one was
-- articles: articles that report it, copies and all
-- stories: the stories that they tell
-- sources: how many sources reported it
-- bodies: who gave it, as the articles say: Ofsted, CIW …; none where none does
-- years: of when it is, as the articles say
-- evidence: the words of the first article that state it
-- source_id: the source of the first article
-- url: where the first article is
WITH reported AS (
  SELECT t.subject AS authority, t.label AS grade, list_contains(t.notes, 'past') AS past,
         a.published_at, t.article_id, t.start_char, c.story_id, a.source_id, a.url, t.evidence,
         list_filter(t.notes, lambda note: starts_with(note, 'body: ')) AS body,
         list_filter(t.notes, lambda note: starts_with(note, 'date: ')) AS year
  FROM tag AS t
  JOIN counted AS c ON c.article_id = t.article_id
  JOIN article AS a ON a.id = t.article_id
  WHERE t.tagger = 'judgements'
)
SELECT authority, grade, past, min(published_at) AS first_reported,
       max(published_at) AS last_reported, count(DISTINCT article_id) AS articles,
       count(DISTINCT story_id) AS stories, count(DISTINCT source_id) AS sources,
       list_sort(list_distinct(flatten(list(list_transform(body, lambda note: note[7:])))))
         AS bodies,
       list_sort(list_distinct(flatten(list(list_transform(year, lambda note: note[7:])))))
         AS years,
       first(evidence ORDER BY published_at NULLS LAST, article_id, start_char) AS evidence,
       first(source_id ORDER BY published_at NULLS LAST, article_id, start_char) AS source_id,
       first(url ORDER BY published_at NULLS LAST, article_id, start_char) AS url
FROM reported
GROUP BY ALL ORDER BY ALL
