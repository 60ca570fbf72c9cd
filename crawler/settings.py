"""Every Scrapy setting that matters, each with its reason."""

BOT_NAME = "tocsin"
SPIDER_MODULES = ["crawler.spiders"]
# Says who we are and where the people are; {contact} is filled in from the configuration.
USER_AGENT = "Tocsin/0.1 (research crawler of local news; {contact})"

# asyncio alone: one loop, one way to stop it, and as many runs in a process as a test needs.
TWISTED_REACTOR_ENABLED = False
DOWNLOAD_HANDLERS = {
    "http": "crawler.download.GuardedDownloadHandler",
    "https": "crawler.download.GuardedDownloadHandler",
    **dict.fromkeys(("file", "data", "ftp", "s3")),  # a sitemap may name file:///etc/passwd
}
SCHEDULER = "crawler.scheduler.FrontierScheduler"
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the frontier knows what was asked

# Manners. Robots are ours (crawler.robots): Scrapy's lets through what waits on a slow robots.txt.
ROBOTSTXT_OBEY = False
CONCURRENT_REQUESTS = 0  # no limit of Scrapy's: the scheduler has its own, by site and in all
CONCURRENT_ITEMS = 1  # there are none; for each response Scrapy starts as many tasks
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # raised only where a source's delay is 0 (loopback)
DOWNLOAD_DELAY = 10.0  # for hosts of which the registry says nothing
DOWNLOAD_DELAY_JITTER = 0.0  # stock is ±50 %, which would go below a Crawl-delay
AUTOTHROTTLE_START_DELAY = DOWNLOAD_DELAY
AUTOTHROTTLE_MAX_DELAY = 120.0
AUTOTHROTTLE_ENABLED = True
RETRY_TIMES = 2
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]  # not 429 and 503: those mean stop
COOKIES_ENABLED = False  # no sessions, nothing of them in the archive
REFERRER_POLICY = "no-referrer"
HTTPPROXY_ENABLED = False  # a proxy would connect where our guard cannot see

# Limits: no response may cost more than this.
DOWNLOAD_TIMEOUT = 30  # seconds, from the first byte of the request to the last of the response
DOWNLOAD_MAXSIZE = 10_000_000  # bytes; a news page is 0.2 MB, the stock limit is 1 GiB
DOWNLOAD_WARNSIZE = 2_000_000
REDIRECT_MAX_TIMES = 10
METAREFRESH_ENABLED = True  # guarded as every other request is
METAREFRESH_MAXDELAY = 5  # seconds: a redirect; what takes longer is a page that reloads itself

# Safety. Both consoles are on by default, and open ports.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
DOWNLOAD_VERIFY_CERTIFICATES = True

# What we speak: the encoding that every WARC reader can undo, and the languages of the UK.
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip",
    "Accept-Language": "en-GB,en;q=0.9,cy;q=0.5,gd;q=0.5",
}

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # drops without a word
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # the recorder
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "crawler.guard.SafeMetaRefreshMiddleware": 580,
    "crawler.guard.GuardMiddleware": 50,
    "crawler.robots.RobotsMiddleware": 100,
    "crawler.guard.RedirectGuardMiddleware": 650,  # after which Scrapy follows (600)
    # Nearest to the network: sees robots.txt, every redirect and the body as it was sent.
    "crawler.recorder.RecorderMiddleware": 860,
}
SPIDER_MIDDLEWARES = {
    # Of no use here, and each costs every page something.
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,  # all statuses are judged
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # drops without a word
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}
EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "crawler.throttle.Throttle": 0,
    "scrapy.extensions.feedexport.FeedExporter": None,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.corestats.CoreStats": None,
    "scrapy.extensions.logcount.LogCount": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
}
LOG_INSTALL_ROOT_HANDLER = False  # crawler.log decides where a log goes
LOG_LEVEL = "INFO"
# The frontier counts, and its outcomes say more than a line for each page would.
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
DOWNLOADER_STATS = False
LOG_FORMATTER = "crawler.spiders.news.Quiet"
