-- What became of each article of the export when its page was asked for again.
-- grain: id
-- id: identifier of the article in the export
-- url: its address there
-- outcome: same; same text (under another headline or address); changed; gone; denied; failed (may
--   be tried again); not asked (the limit came first); no source; suppressed
-- detail: what the last attempt at its page met
SELECT id, url, outcome, detail FROM wanted ORDER BY id
