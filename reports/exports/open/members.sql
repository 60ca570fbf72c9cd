-- The story of each article, and its role there: original, copy, rewrite, repost, discussion, report.
-- An article that is not shown is not named: of_article_id is empty then.
-- from: member
-- grain: article_id
SELECT m.article_id, m.story_id, m.role, p.article_id AS of_article_id, m.share, m.share_back
FROM member AS m SEMI JOIN publishable AS shown ON shown.article_id = m.article_id
LEFT JOIN publishable AS p ON p.article_id = m.of_article_id
ORDER BY ALL
