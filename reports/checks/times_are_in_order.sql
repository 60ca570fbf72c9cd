-- Nothing is published after it was first seen, and nothing is seen last before it was seen first.
-- Must return no rows.
SELECT id, url, published_at, first_seen_at, last_seen_at
FROM article
WHERE published_at > first_seen_at OR last_seen_at < first_seen_at
