-- The tables of the dataset. Times are TIMESTAMP in UTC; text is NFC; spans are code points.
CREATE TABLE source (
  id VARCHAR PRIMARY KEY,
  name VARCHAR NOT NULL,
  publisher VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  medium VARCHAR NOT NULL,
  homepage VARCHAR NOT NULL,
  authorities VARCHAR[] NOT NULL,
  country VARCHAR NOT NULL,
  region VARCHAR NOT NULL,
  paywall VARCHAR NOT NULL,
  licence VARCHAR NOT NULL,
  status VARCHAR NOT NULL,
  reason VARCHAR NOT NULL
);
COMMENT ON TABLE source IS 'One site or section that is watched; every source of the registry, enabled or not';

CREATE TABLE run (
  id VARCHAR PRIMARY KEY,
  started_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP,
  software VARCHAR NOT NULL,
  captures BIGINT NOT NULL
);
COMMENT ON TABLE run IS 'One crawl, or one file of another''s archive that was taken in';

CREATE TABLE capture (
  id VARCHAR PRIMARY KEY,
  run_id VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  url VARCHAR NOT NULL,
  page VARCHAR NOT NULL,
  leads_to VARCHAR NOT NULL,
  via VARCHAR NOT NULL,
  told_title VARCHAR NOT NULL,
  told_summary VARCHAR NOT NULL,
  told_published VARCHAR NOT NULL,
  fetched_at TIMESTAMP NOT NULL,
  outcome VARCHAR NOT NULL,
  detail VARCHAR NOT NULL,
  status INTEGER,
  media_type VARCHAR NOT NULL,
  bytes BIGINT NOT NULL,
  revisit BOOLEAN NOT NULL,
  warc_file VARCHAR NOT NULL,
  warc_offset BIGINT NOT NULL
);
COMMENT ON TABLE capture IS 'One attempt at one URL: an HTTP response as received, or that none came';

CREATE TABLE article (
  id VARCHAR PRIMARY KEY,
  url VARCHAR NOT NULL,
  page VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  title VARCHAR NOT NULL,
  standfirst VARCHAR NOT NULL,
  subheadings VARCHAR[] NOT NULL,
  captions VARCHAR[] NOT NULL,
  title_h1 VARCHAR NOT NULL,
  title_og VARCHAR NOT NULL,
  title_jsonld VARCHAR NOT NULL,
  authors VARCHAR[] NOT NULL,
  published_at TIMESTAMP,
  published_zone VARCHAR NOT NULL,
  published_precision VARCHAR NOT NULL,
  published_from VARCHAR NOT NULL,
  modified_at TIMESTAMP,
  modified_zone VARCHAR NOT NULL,
  modified_precision VARCHAR NOT NULL,
  modified_from VARCHAR NOT NULL,
  language VARCHAR NOT NULL,
  section VARCHAR NOT NULL,
  keywords VARCHAR[] NOT NULL,
  licence VARCHAR NOT NULL,
  credited_to VARCHAR NOT NULL,
  agency VARCHAR NOT NULL,
  paywalled BOOLEAN NOT NULL,
  garbled BOOLEAN NOT NULL,
  platform VARCHAR NOT NULL,
  extractor VARCHAR NOT NULL,
  confidence DOUBLE,
  post INTEGER,
  pseudonym VARCHAR NOT NULL,
  reply_to VARCHAR NOT NULL,
  quoted VARCHAR NOT NULL,
  text VARCHAR NOT NULL USING COMPRESSION zstd,
  word_count INTEGER NOT NULL,
  relevant BOOLEAN NOT NULL,
  relevance DOUBLE NOT NULL,
  first_seen_at TIMESTAMP NOT NULL,
  last_seen_at TIMESTAMP NOT NULL,
  revision INTEGER NOT NULL,
  capture_id VARCHAR NOT NULL
);
COMMENT ON TABLE article IS 'One text of one URL: an edited page is another article, and so is each post of a thread';

CREATE TABLE found (
  capture_id VARCHAR NOT NULL,
  article_id VARCHAR NOT NULL,
  first BOOLEAN NOT NULL,
  PRIMARY KEY (capture_id, article_id)
);
COMMENT ON TABLE found IS 'Which captures held which articles: the first makes it, each later one repeats it';

CREATE TABLE removed (
  article_id VARCHAR NOT NULL,
  position INTEGER NOT NULL,
  reason VARCHAR NOT NULL,
  text VARCHAR NOT NULL
);
COMMENT ON TABLE removed IS 'What stood in or by a text and is no part of it';

CREATE TABLE dropped (
  capture_id VARCHAR PRIMARY KEY,
  reason VARCHAR NOT NULL,
  detail VARCHAR NOT NULL
);
COMMENT ON TABLE dropped IS 'A capture that gave no article, and why';

CREATE TABLE tag (
  article_id VARCHAR NOT NULL,
  tagger VARCHAR NOT NULL,
  label VARCHAR NOT NULL,
  start_char INTEGER NOT NULL,
  end_char INTEGER NOT NULL,
  evidence VARCHAR NOT NULL,
  rule VARCHAR NOT NULL,
  weight DOUBLE NOT NULL,
  subject VARCHAR NOT NULL,
  subject_start INTEGER NOT NULL,
  subject_end INTEGER NOT NULL,
  notes VARCHAR[] NOT NULL,
  PRIMARY KEY (article_id, tagger, label, start_char, end_char, rule)
);
COMMENT ON TABLE tag IS 'A label on an article, and the words that justify it';

CREATE TABLE story (
  id VARCHAR PRIMARY KEY,
  article_id VARCHAR NOT NULL
);
COMMENT ON TABLE story IS 'Articles that treat one event or are one text';

CREATE TABLE member (
  article_id VARCHAR PRIMARY KEY,
  story_id VARCHAR NOT NULL,
  role VARCHAR NOT NULL,
  of_article_id VARCHAR,
  share DOUBLE,
  share_back DOUBLE
);
COMMENT ON TABLE member IS 'The story of each article, and what the article is there';

CREATE TABLE shared (
  article_id VARCHAR NOT NULL,
  of_article_id VARCHAR NOT NULL,
  start_char INTEGER NOT NULL,
  end_char INTEGER NOT NULL
);
COMMENT ON TABLE shared IS 'Sentences of an article that stand in another article of its story as well';

CREATE TABLE edit (
  article_id VARCHAR PRIMARY KEY,
  before_id VARCHAR NOT NULL,
  kinds VARCHAR[] NOT NULL,
  trivial BOOLEAN NOT NULL,
  diff VARCHAR NOT NULL
);
COMMENT ON TABLE edit IS 'What a revision of a page changed';

CREATE TABLE clearance (
  article_id VARCHAR PRIMARY KEY,
  cleared_at TIMESTAMP NOT NULL,
  reason VARCHAR NOT NULL
);
COMMENT ON TABLE clearance IS 'Articles with a risk tag that a person has looked at and let into public exports and reports';

CREATE TABLE authority (
  id VARCHAR PRIMARY KEY,
  gss_code VARCHAR NOT NULL,
  short_name VARCHAR NOT NULL,
  name VARCHAR NOT NULL,
  country VARCHAR NOT NULL,
  region VARCHAR NOT NULL,
  valid_from DATE,
  valid_to DATE
);
COMMENT ON TABLE authority IS 'Councils and trusts with statutory children''s services, past ones too';

CREATE TABLE provenance (
  key VARCHAR PRIMARY KEY,
  value VARCHAR NOT NULL
);
COMMENT ON TABLE provenance IS 'What this file was made from, and by which version';
