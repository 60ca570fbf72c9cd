-- The sites that are watched, and those that are not, with the reason.
-- Only enabled sources were crawled; what came of each is in coverage.
-- from: source
-- grain: id
SELECT id, name, publisher, kind, medium, homepage, authorities, country, region, paywall, licence,
       status, reason
FROM source ORDER BY id
