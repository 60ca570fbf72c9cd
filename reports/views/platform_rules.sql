-- How many articles of each publisher's platform its rule read, month by month, and how many fell back.
-- Months are of the first capture, UTC. A rule that stops matching shows here: see data/extraction/.
-- grain: platform, month
-- chart: kind=bar x=platform y=by_rule of=articles adds=articles,by_rule,fell_back
--   title=Articles_that_their_platform's_rule_has_read
-- platform: whose rule should read the page: the publisher's, or its software's
-- month: first day of the month
-- articles: articles of that platform, all revisions
-- by_rule: those that its rule has read
-- fell_back: those that were read by another way
SELECT platform, date_trunc('month', first_seen_at)::DATE AS month, count(*) AS articles,
       count(*) FILTER (extractor IN ('platform', 'posts')) AS by_rule,
       count(*) FILTER (extractor NOT IN ('platform', 'posts')) AS fell_back
FROM article
WHERE platform <> ''
GROUP BY ALL ORDER BY ALL
