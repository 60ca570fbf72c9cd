-- Councils and trusts that have statutory children's services, past ones too.
-- Where a date of validity is not known the cell is empty.
-- from: authority
-- grain: id
SELECT id, gss_code, short_name, name, country, region, valid_from, valid_to
FROM authority ORDER BY id
