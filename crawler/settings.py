"""Every Scrapy setting that matters, each with its reason."""

BOT_NAME = "tocsin"
SPIDER_MODULES = ["crawler.spiders"]
# Says who we are and where the people are; {contact} is filled in from the configuration.
USER_AGENT = "Tocsin/0.1 (research crawler of local news; {contact})"

# Manners. Robots are ours (crawler.robots): Scrapy's lets through what waits on a slow robots.txt.
ROBOTSTXT_OBEY = False
CONCURRENT_REQUESTS = 32
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # raised only where a source's delay is 0 (loopback)
DOWNLOAD_DELAY = 10.0  # for hosts of which the registry says nothing (redirects)
RETRY_TIMES = 2
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]  # not 429 and 503: those mean stop
COOKIES_ENABLED = False  # no sessions, nothing of them in the archive
REFERRER_POLICY = "no-referrer"

# Limits: no response may cost more than this.
DOWNLOAD_TIMEOUT = 30  # seconds
DOWNLOAD_MAXSIZE = 10_000_000  # bytes; a news page is 0.2 MB, the stock limit is 1 GiB
DOWNLOAD_WARNSIZE = 2_000_000
REDIRECT_MAX_TIMES = 10
METAREFRESH_ENABLED = False  # a second way to redirect, with none of the first one's checks
DNS_TIMEOUT = 20

# Safety. Both consoles are on by default, and open ports.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_HANDLERS = {"file": None, "data": None, "ftp": None, "s3": None}

# What we speak: the encoding that every WARC reader can undo, and the languages of the UK.
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip",
    "Accept-Language": "en-GB,en;q=0.9,cy;q=0.5,gd;q=0.5",
}
HTTPERROR_ALLOW_ALL = True  # the spider judges every status: nothing is dropped unseen

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # drops without a word
    "crawler.robots.RobotsMiddleware": 100,
    # Nearest to the network: sees robots.txt, every redirect and the body as it was sent.
    "crawler.recorder.RecorderMiddleware": 860,
}
LOG_INSTALL_ROOT_HANDLER = False  # the front door decides where a log goes
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LOG_DATEFORMAT = "%Y-%m-%dT%H:%M:%S%z"
STATS_DUMP = False
