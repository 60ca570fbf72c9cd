-- Whose words relevant articles quote: each role's quotations, month by month.
-- Months are of publication, UTC; articles without a date are left out; first revisions only.
-- Direct speech of five words and more; what is reported in other words is not counted.
-- grain: role, month
-- chart: kind=line x=month y=quotes by=role few=quotes adds=quotes,in_copies,words,first_voice
--   title=Quotations_by_month_and_role_of_the_speaker
-- role: what the speaker is, by the codebook
-- month: first day of the month
-- quotes: quotations, those of copies too
-- in_copies: those of them that stand in a copy, and so repeat another article's
-- words: words quoted
-- word_share: of all words that are quoted in that month, 0 to 1
-- articles: articles that quote the role at least once
-- first_voice: articles whose first quotation is the role's
-- anonymous_share: of the quotations, those whose speaker's name is withheld, 0 to 1
SELECT role, month, count(*) AS quotes, count(*) FILTER (copied) AS in_copies,
       sum(words)::BIGINT AS words,
       round(sum(words) / sum(sum(words)) OVER (PARTITION BY month), 4) AS word_share,
       count(DISTINCT article_id) AS articles, count(*) FILTER (number = 1) AS first_voice,
       round(avg(anonymous::INTEGER), 4) AS anonymous_share
FROM quotes_flat
WHERE month IS NOT NULL
GROUP BY role, month ORDER BY ALL
