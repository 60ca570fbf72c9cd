-- Which pages are one although their addresses are not: between the shards and the tables.
-- A page moved where its old address leads to the new one for good (301, 308), or where one address
-- held it under two names, and where both hold much the same words: a page that was taken down may
-- lead to the front page, or to another story. The posts of a thread stay at their address.

CREATE TEMP TABLE stood AS
SELECT DISTINCT c.page AS address, a.page, a.id
FROM holding_apart AS h JOIN capture AS c ON c.id = h.capture_id
JOIN (SELECT DISTINCT id, page FROM read_parquet($article) WHERE post IS NULL) AS a
  ON a.id = h.article_id;

CREATE TEMP TABLE way AS
WITH leads AS (
  SELECT page AS old, leads_to AS new FROM capture
  WHERE kind = 'page' AND status IN (301, 308) AND leads_to NOT IN ('', page)
  UNION SELECT address, address FROM stood
)
SELECT DISTINCT one.id AS id, one.page, other.id AS other_id, other.page AS other
FROM leads JOIN stood AS one ON one.address = old JOIN stood AS other ON other.address = new
WHERE one.page <> other.page;

-- 0.3: as in pipeline/reuse/links.py, the share of either text that makes it a copy.
CREATE TEMP TABLE alike AS
WITH print AS (
  SELECT DISTINCT ON (article_id) article_id, marks FROM read_parquet($prints)
  WHERE article_id IN (SELECT id FROM way UNION SELECT other_id FROM way)
)
SELECT DISTINCT page, other
FROM way JOIN print AS a ON a.article_id = id JOIN print AS b ON b.article_id = other_id
WHERE len(list_intersect(a.marks, b.marks)) >= 0.3 * greatest(1, least(len(a.marks), len(b.marks)));

-- All names of a page, and the one by which it was known first.
CREATE TEMP TABLE moved AS
WITH RECURSIVE link AS (SELECT page, other FROM alike UNION SELECT other, page FROM alike),
reach AS (
  SELECT page, other FROM link
  UNION SELECT r.page, link.other FROM reach AS r JOIN link ON link.page = r.other
),
since AS (
  SELECT s.page, min(fetched_at) AS moment
  FROM stood AS s JOIN holding_apart AS h ON h.article_id = s.id
  JOIN capture AS c ON c.id = h.capture_id GROUP BY ALL
)
SELECT r.page, arg_min(r.other, (moment, r.other)) AS first_page
FROM reach AS r JOIN since ON since.page = r.other GROUP BY r.page
HAVING arg_min(r.other, (moment, r.other)) <> r.page;

-- What stands unchanged at the new address is the article of the old one.
CREATE TEMP TABLE same AS
WITH seen_at AS (
  SELECT article_id, min(fetched_at) AS moment
  FROM holding_apart JOIN capture AS c ON c.id = capture_id GROUP BY ALL
),
moving AS (
  SELECT DISTINCT id, coalesce(first_page, a.page) AS page, title, text, authors, credited_to,
         agency, if(published_from = 'htmldate', NULL, published_at::DATE) AS day
  FROM read_parquet($article) AS a LEFT JOIN moved ON moved.page = a.page
  WHERE coalesce(first_page, a.page) IN (SELECT first_page FROM moved)
)
SELECT id, first(id) OVER (
    PARTITION BY page, title, text, authors, credited_to, agency, day ORDER BY moment, id
  ) AS same_id
FROM moving JOIN seen_at ON article_id = id
QUALIFY same_id <> id;

CREATE TEMP TABLE holding AS
SELECT capture_id, coalesce(same_id, article_id) AS article_id, article_id AS own_id, shard
FROM holding_apart LEFT JOIN same ON same.id = article_id
