-- What was changed in pages after they were first seen: one row a revision, with what was and is.
-- Only what a later look at the page found: an edit made and undone between two looks is not here.
-- The difference quotes the article: it is for reading, and not for publication.
-- grain: article_id
-- chart: kind=bar x=source_id y=rows by=silent rows=edits when=first_seen_after
--   title=Edits_after_publication_by_source
-- article_id: the article as it stands after the edit
-- before_id: as it stood before
-- source_id: the source
-- page: the page
-- title: its headline after the edit
-- revision: which text of the page this is, from 2
-- last_seen_before: when it was last seen unchanged, UTC
-- first_seen_after: when it was first seen changed, UTC; the edit lies between the two
-- kinds: headline, body, attribution, correction; none where the edit is trivial
-- silent: whether the edit counts and the page has no note of a correction
-- trivial: whether only typography, spacing, a date or a time of updating changed
-- relevant: whether the article is relevant, before or after
-- diff: "- " before what was, "+ " before what is, part by part
SELECT e.article_id, e.before_id, a.source_id, a.page, a.title, a.revision,
       b.last_seen_at AS last_seen_before, a.first_seen_at AS first_seen_after,
       e.kinds, NOT e.trivial AND NOT list_contains(e.kinds, 'correction') AS silent, e.trivial,
       a.relevant OR b.relevant AS relevant, e.diff
FROM edit AS e
JOIN article AS a ON a.id = e.article_id
JOIN article AS b ON b.id = e.before_id
ORDER BY first_seen_after, e.article_id
