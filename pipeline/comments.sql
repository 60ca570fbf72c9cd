-- What each column holds: plain words, unit, permitted values. `tocsin schema` prints them; the
-- tables' own comments stand in schema.sql. "" is said of a text that is empty, never NULL.
COMMENT ON COLUMN source.id IS 'lower-case letters, digits and hyphens; never used again for another source';
COMMENT ON COLUMN source.name IS 'as readers know it';
COMMENT ON COLUMN source.publisher IS 'who publishes it';
COMMENT ON COLUMN source.kind IS 'how new pages are found: feed, sitemap, listing, thread';
COMMENT ON COLUMN source.medium IS 'what it is to a reader: local-newspaper, regional-broadcaster, hyperlocal, official, sector-press, national, blog, forum';
COMMENT ON COLUMN source.homepage IS 'its URL';
COMMENT ON COLUMN source.authorities IS 'ids of the authorities that it serves; or one of ALL-UK, ALL-ENGLAND, ALL-WALES, ALL-SCOTLAND, ALL-NI';
COMMENT ON COLUMN source.country IS 'of its readers';
COMMENT ON COLUMN source.region IS 'of its readers; broadcasters use their own areas';
COMMENT ON COLUMN source.paywall IS 'free, metered, part (some items), hard, registration, teaser (the feed shows the first lines); "" where it is not known';
COMMENT ON COLUMN source.licence IS 'of its texts, only where known';
COMMENT ON COLUMN source.status IS 'enabled; candidate: not yet seen working; disabled: refuses, forbids, or has nothing to poll';
COMMENT ON COLUMN source.reason IS 'why it is not enabled; "" where it is';

COMMENT ON COLUMN run.id IS 'when it started, as in 20261124T060000000000Z; of what others archived, a name made from the file';
COMMENT ON COLUMN run.started_at IS 'UTC';
COMMENT ON COLUMN run.finished_at IS 'UTC; empty where it was killed';
COMMENT ON COLUMN run.software IS 'name and version of what wrote the archive file';
COMMENT ON COLUMN run.captures IS 'how many captures are its';

COMMENT ON COLUMN capture.id IS 'UUID of the WARC record';
COMMENT ON COLUMN capture.run_id IS 'the run that made it';
COMMENT ON COLUMN capture.source_id IS 'the source that it was made for; "" for a stretch of the archive that is damaged';
COMMENT ON COLUMN capture.kind IS 'page; what tells of pages: feed, sitemap, listing, home; a site''s rules: robots, tdmrep; damaged: a stretch of the archive that cannot be read';
COMMENT ON COLUMN capture.url IS 'as it was asked for; of a suppressed page a hash only';
COMMENT ON COLUMN capture.page IS 'what all spellings of the URL share';
COMMENT ON COLUMN capture.leads_to IS 'the page that a redirect leads to; "" where it is none';
COMMENT ON COLUMN capture.via IS 'URL of the document that pointed to it; "" where none did';
COMMENT ON COLUMN capture.told_title IS 'title that this document gave; "" for forums, whose lists may name people';
COMMENT ON COLUMN capture.told_summary IS 'summary that this document gave; "" for forums';
COMMENT ON COLUMN capture.told_published IS 'date that this document gave, as written';
COMMENT ON COLUMN capture.fetched_at IS 'UTC; of what others archived, when they fetched it';
COMMENT ON COLUMN capture.outcome IS 'ok, unchanged, redirect, duplicate (of another address), gone, http_error, robots_denied (or reserved), robots_unreachable, interstitial (a puzzle for robots), deferred (put off), suppressed (a person had it taken out), expired (its source may keep it no longer), not_article, blocked (an address that we do not ask), redirect_loop, too_large, truncated, bad_encoding, parse_failed, timeout, conn_error, tls_error, dns_error, damaged';
COMMENT ON COLUMN capture.detail IS 'why the outcome is what it is; "" where there is no more to say';
COMMENT ON COLUMN capture.status IS 'HTTP status; empty where no response came';
COMMENT ON COLUMN capture.media_type IS 'of the Content-Type header, in lower case, without parameters';
COMMENT ON COLUMN capture.bytes IS 'bytes of the body, decoded; 0 where none was kept';
COMMENT ON COLUMN capture.revisit IS 'whether the body is that of the last full capture of this URL, and was not stored again';
COMMENT ON COLUMN capture.warc_file IS 'name of the file in data/archive';
COMMENT ON COLUMN capture.warc_offset IS 'where its record begins in that file, in bytes';

COMMENT ON COLUMN article.id IS '16 hexadecimal digits: hash of page, title, text, credits and day of publication';
COMMENT ON COLUMN article.url IS 'canonical URL; of a forum''s post with its anchor, or a hash of its author and words';
COMMENT ON COLUMN article.page IS 'what all spellings of the URL and all revisions share';
COMMENT ON COLUMN article.source_id IS 'the source that published it';
COMMENT ON COLUMN article.title IS 'the headline that readers see over the text; of a thread, of its first post only';
COMMENT ON COLUMN article.standfirst IS 'the lines that introduce the text; "" where the page has none';
COMMENT ON COLUMN article.subheadings IS 'paragraphs of the text that head others';
COMMENT ON COLUMN article.captions IS 'of pictures; they are not in the text';
COMMENT ON COLUMN article.title_h1 IS 'headline by the page''s h1; "" where it has none';
COMMENT ON COLUMN article.title_og IS 'headline by og:title, for sharing; "" where there is none';
COMMENT ON COLUMN article.title_jsonld IS 'headline by JSON-LD, for search engines; "" where there is none';
COMMENT ON COLUMN article.authors IS 'people of the byline; never of forum posts';
COMMENT ON COLUMN article.published_at IS 'when the page says that it was published, UTC; empty where it does not say';
COMMENT ON COLUMN article.published_zone IS 'zone as written, such as +01:00; "" where there was none, which counts as the source''s own';
COMMENT ON COLUMN article.published_precision IS 'day, minute, second; "" where there is no date';
COMMENT ON COLUMN article.published_from IS 'what gave the date: json-ld, meta, time, text, htmldate; "" where there is none';
COMMENT ON COLUMN article.modified_at IS 'when the page says that it was last changed, UTC; empty where it does not say';
COMMENT ON COLUMN article.modified_zone IS 'as published_zone';
COMMENT ON COLUMN article.modified_precision IS 'as published_precision';
COMMENT ON COLUMN article.modified_from IS 'as published_from';
COMMENT ON COLUMN article.language IS 'ISO 639-1, as the page or its text tells; "" where unknown';
COMMENT ON COLUMN article.section IS 'section of the site, as the page gives it; never of posts';
COMMENT ON COLUMN article.keywords IS 'as the page gives them; never of posts';
COMMENT ON COLUMN article.licence IS 'of the content, as stated: a URL or a few words; "" where nothing is';
COMMENT ON COLUMN article.credited_to IS 'the publication that the page names as its source; "" where it names none';
COMMENT ON COLUMN article.agency IS 'who wrote it for many papers: Local Democracy Reporting Service, PA …; "" for nobody';
COMMENT ON COLUMN article.paywalled IS 'whether only a teaser was served';
COMMENT ON COLUMN article.garbled IS 'whether more than 0.5 % of its characters could not be decoded';
COMMENT ON COLUMN article.platform IS 'whose rule should read the page: the publisher''s, or its software''s; "" for none';
COMMENT ON COLUMN article.extractor IS 'what the text was taken by: platform, blocks, trafilatura, json-ld, posts';
COMMENT ON COLUMN article.confidence IS 'how sure it is that the text is all of the article, 0 to 1; empty for posts';
COMMENT ON COLUMN article.post IS 'number of the post in its thread, from 1; 0 where a later page tells none; empty where it is no post';
COMMENT ON COLUMN article.pseudonym IS 'of a post''s author: a keyed hash; "" elsewhere';
COMMENT ON COLUMN article.reply_to IS 'URL of the post that it answers, where the page says so';
COMMENT ON COLUMN article.quoted IS 'words of others that a post repeats, without names; they are not in its text';
COMMENT ON COLUMN article.text IS 'the body only, NFC, paragraphs divided by one blank line; people in posts are "@…". Protected by copyright: not for passing on';
COMMENT ON COLUMN article.word_count IS 'words of the text: runs of characters without space';
COMMENT ON COLUMN article.relevant IS 'whether it is about how children''s services perform: relevance from the codebook''s threshold on';
COMMENT ON COLUMN article.relevance IS 'how likely that is, 0 to 1: 1 / (1 + exp(-(bias + weights of its relevance tags)))';
COMMENT ON COLUMN article.first_seen_at IS 'when it was first fetched, UTC';
COMMENT ON COLUMN article.last_seen_at IS 'when it was last fetched, the same, UTC';
COMMENT ON COLUMN article.revision IS '1 for the first text of its page, 2 for the next; count revision 1 to count pages once';
COMMENT ON COLUMN article.capture_id IS 'the capture that it was made from';

COMMENT ON COLUMN found.capture_id IS 'the capture';
COMMENT ON COLUMN found.article_id IS 'the article that it held';
COMMENT ON COLUMN found.first IS 'whether this capture made the article; false where it repeats it';

COMMENT ON COLUMN removed.article_id IS 'the article';
COMMENT ON COLUMN removed.position IS 'how many paragraphs of the text stand before it';
COMMENT ON COLUMN removed.reason IS 'why it is no part of the text: cookies, share, newsletter, related, advert, appeal, aside, byline, caption, comments, contact, credit, deleted, footer, paywall, picture credit, repeated, tags, cut off …';
COMMENT ON COLUMN removed.text IS 'its first 500 characters; "" for readers'' comments, and for posts but for what they quote';

COMMENT ON COLUMN dropped.capture_id IS 'the capture';
COMMENT ON COLUMN dropped.reason IS 'the kind of what is no page (feed, sitemap, robots …); the outcome of what brought none; or not_candidate (cannot be on topic: its text was not kept), not_html, not_article (too little text), parse_failed, no_posts, unchanged (repeats what was dropped), no_source (its source has left the registry)';
COMMENT ON COLUMN dropped.detail IS 'more on the reason; "" where there is no more to say';

COMMENT ON COLUMN tag.article_id IS 'the article';
COMMENT ON COLUMN tag.tagger IS 'what kind of label: themes, authorities, relevance, quotes, judgements, stance, reply, law, office, risk';
COMMENT ON COLUMN tag.label IS 'of themes: the id; of authorities: the short name; of relevance: relevant; of quotes: the speaker''s role; of judgements: the grade; of stance: critical, mixed, neutral, supportive; of reply: reply; of law: act and section; of office: the public office; of risk: the reason to hold it back';
COMMENT ON COLUMN tag.start_char IS 'where the evidence begins in article.text: code points from 0';
COMMENT ON COLUMN tag.end_char IS 'where it ends: the first code point after it';
COMMENT ON COLUMN tag.evidence IS 'the words that justify the label: text[start_char:end_char]';
COMMENT ON COLUMN tag.rule IS 'what made it, for a person to check: a phrase, a reason, a place';
COMMENT ON COLUMN tag.weight IS 'of relevance: log-odds that it adds, below 0 against; 1 elsewhere';
COMMENT ON COLUMN tag.subject IS 'of whom it is said: a quotation''s speaker and an office''s holder as the text names them, a judgement''s authority; "" elsewhere, and for the unnamed';
COMMENT ON COLUMN tag.subject_start IS 'where the words that name the subject begin in article.text; equal to subject_end where none do';
COMMENT ON COLUMN tag.subject_end IS 'where they end';
COMMENT ON COLUMN tag.notes IS 'of quotes: anonymous; of judgements: past, "body: Ofsted", "date: 2024"; none elsewhere';

COMMENT ON COLUMN story.id IS '16 hexadecimal digits: hash of the page that it begins with';
COMMENT ON COLUMN story.article_id IS 'the article that stands for it: its original, else its first';

COMMENT ON COLUMN member.article_id IS 'the article';
COMMENT ON COLUMN member.story_id IS 'the story that it tells';
COMMENT ON COLUMN member.role IS 'original: stands for itself, and others may repeat it; copy: nine tenths of its words are another''s; rewrite: a good part is; repost: a blog''s or forum''s copy that names its source; discussion: a blog''s or forum''s own words about it; report: a medium''s own words about it';
COMMENT ON COLUMN member.of_article_id IS 'the article whose words it repeats; empty where it repeats none';
COMMENT ON COLUMN member.share IS 'of its own words, how many stand in that article too, 0 to 1';
COMMENT ON COLUMN member.share_back IS 'of that article''s words, how many stand in this one, 0 to 1';

COMMENT ON COLUMN shared.article_id IS 'the article';
COMMENT ON COLUMN shared.of_article_id IS 'the other article of its story in which the sentence stands as well';
COMMENT ON COLUMN shared.start_char IS 'where the sentence begins in article.text: code points from 0';
COMMENT ON COLUMN shared.end_char IS 'where it ends: the first code point after it';

COMMENT ON COLUMN edit.article_id IS 'the revision, which is an article';
COMMENT ON COLUMN edit.before_id IS 'the article that was the page''s text before it';
COMMENT ON COLUMN edit.kinds IS 'what was changed: headline, body, attribution, correction; none where it is trivial';
COMMENT ON COLUMN edit.trivial IS 'whether only typography, spacing, a date or a time was changed, or only less or more of the text was served';
COMMENT ON COLUMN edit.diff IS 'the change, line by line: - before, + after';

COMMENT ON COLUMN clearance.article_id IS 'the article that a person has looked at';
COMMENT ON COLUMN clearance.cleared_at IS 'when, UTC';
COMMENT ON COLUMN clearance.reason IS 'why it may be shown, in the person''s words';

COMMENT ON COLUMN authority.id IS 'GSS code; an id of our own for the five trusts of Northern Ireland, which have none';
COMMENT ON COLUMN authority.gss_code IS 'code of the Office for National Statistics; "" where there is none';
COMMENT ON COLUMN authority.short_name IS 'what tags call it; the same for an authority and the one that took its place under its name';
COMMENT ON COLUMN authority.name IS 'in full';
COMMENT ON COLUMN authority.country IS 'england, Wales, Scotland, Northern Ireland';
COMMENT ON COLUMN authority.region IS 'region of England, or the country';
COMMENT ON COLUMN authority.valid_from IS 'first day; empty where it is older than our records';
COMMENT ON COLUMN authority.valid_to IS 'last day; empty while it stands';

COMMENT ON COLUMN provenance.key IS 'inputs: fingerprint of archive, code and data files; software: name and version; decided: fingerprint of people''s decisions';
COMMENT ON COLUMN provenance.value IS 'what it is';
