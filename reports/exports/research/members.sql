-- The story of each article, and its role there: original, copy, rewrite, repost, discussion, report.
-- from: member
-- grain: article_id
SELECT article_id, story_id, role, of_article_id, share, share_back FROM member ORDER BY ALL
