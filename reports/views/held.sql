-- Articles that stay out of public exports and reports until a person has cleared them, and why.
-- A reason is a label of the tagger "risk": words that may fall under a reporting restriction. It is
-- a question, no finding: much of it is lawful, and what is not held may not be.
-- grain: article_id
-- chart: kind=bar x=reasons y=rows rows=held_articles
-- article_id: the article
-- reasons: family-court, youth-court, anonymity, named-minor, jigsaw; see data/codebook/risk.toml
SELECT article_id, list_sort(list_distinct(list(label))) AS reasons
FROM tag WHERE tagger = 'risk' AND article_id NOT IN (SELECT article_id FROM clearance)
GROUP BY ALL ORDER BY ALL
