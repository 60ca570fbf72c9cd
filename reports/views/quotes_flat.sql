-- One row a quotation of a relevant article: who speaks, and how much.
-- First revisions only. Names are left out: they are the subject of the tag of the same article
-- and start_char, tagger "quotes". A copy of an article repeats its quotations.
-- grain: article_id, number
-- chart: kind=bar x=role y=words rows=quotations adds=words
--   title=Words_quoted_by_role_of_the_speaker
-- article_id: the article
-- number: the place of the quotation in it; 1 is the first voice
-- source_id: the source that published the article
-- month: first day of the month of publication, UTC; empty where the page gives no date
-- story_id: the story that the article tells
-- copied: whether the article is another's text
-- role: what the speaker is, by the codebook: council-officer, parent …; "other" if unclear
-- named: whether the text names the speaker
-- anonymous: whether the name of a private person is withheld, or it is one of several
-- words: how many words are quoted
-- start_char: where the quotation begins in article.text, in code points
-- end_char: where it ends
SELECT t.article_id,
       row_number() OVER (PARTITION BY t.article_id ORDER BY t.start_char, t.end_char, t.label)
         AS number,
       c.source_id, c.month, c.story_id, c.copied, t.label AS role, t.subject <> '' AS named,
       list_contains(t.notes, 'anonymous') AS anonymous,
       len(regexp_extract_all(t.evidence, '\S+')) AS words, t.start_char, t.end_char
FROM tag AS t JOIN counted AS c ON c.article_id = t.article_id
WHERE t.tagger = 'quotes'
ORDER BY ALL
