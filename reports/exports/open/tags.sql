-- What each article was coded as, where in its text, and short quotations as evidence.
-- An evidence that would pass the limit of a quotation or of its article, or has words that a private person said, is empty; its place stays.
-- Of whom a tag speaks is named only where that is an authority.
-- from: tag
-- grain: article_id, tagger, label, start_char, end_char, rule
-- evidence: the words that justify the label, as a quotation; empty where there is no room for it
-- subject: the authority of which it is said; empty text where it is said of nobody, or of a person
WITH sized AS MATERIALIZED ( -- so that no text goes along with its tags
  SELECT id, least($of_an_article, length(text) / $part_of_an_article) AS room FROM article
), private AS ( -- their words, which no tagger may repeat
  SELECT article_id, start_char, end_char FROM tag
  WHERE tagger = 'quotes' AND NOT list_contains($public_roles, label)
), quotable AS (
  SELECT t.*, length(t.evidence) AS characters, sized.room,
         list_position(
           ['judgements', 'themes', 'authorities', 'law', 'stance', 'reply', 'quotes'], tagger
         ) AS turn,
         turn IS NOT NULL AND (tagger <> 'quotes' OR list_contains($public_roles, label))
           AND NOT EXISTS (
             FROM private AS p WHERE p.article_id = t.article_id
               AND p.start_char < t.end_char AND t.start_char < p.end_char
           ) AS may,
         row_number() OVER (
           PARTITION BY article_id, tagger, label ORDER BY start_char, end_char, rule
         ) AS nth
  FROM tag AS t SEMI JOIN publishable USING (article_id) JOIN sized ON sized.id = article_id
  WHERE tagger <> 'risk'
), used AS ( -- the first of each label has its turn before the second of any
  SELECT *, sum(if(may, least(characters, $quotation), 0)) OVER (
    PARTITION BY article_id ORDER BY nth, turn NULLS LAST, label, start_char, end_char, rule
    ROWS UNBOUNDED PRECEDING
  ) AS taken
  FROM quotable
)
SELECT article_id, tagger, label, start_char, end_char,
       CASE WHEN may AND taken <= room THEN
         if(characters > $quotation, left(evidence, $quotation - 4) || ' […]', evidence)
       END AS evidence,
       rule, weight,
       if(subject IN (SELECT short_name FROM authority), subject, '') AS subject,
       subject_start, subject_end, notes
FROM used
ORDER BY article_id, tagger, label, start_char, end_char, rule
