"""Every setting, read from the environment (configuration/environment.py). configuration/checks/ finds weak ones."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from departments.staff import invitation_lifetime
from melikgazi.back_office.unfold import UNFOLD as UNFOLD
from melikgazi.configuration.environment import Environment
from melikgazi.workers.broker import broker_at
from melikgazi.workers.schedule import schedule_for
from whatsapp.conversation import time_limits

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
# Encrypt the secrets in the database (departments/common/encryption.py); empty: SECRET_KEY does.
ENCRYPTION_KEYS = env.words("ENCRYPTION_KEYS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or "localhost"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=[PUBLIC_HOST, "localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# The networks that our own proxies answer from: whom they name in X-Forwarded-For is believed.
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES", default=["127.0.0.0/8", "::1/128"])
if PUBLIC_URL.startswith("https://"):
    # TLS ends at the proxy before us, which overwrites this header; nothing else may reach the web server.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",  # widgets' templates, for FORM_RENDERER
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "import_export",
    "departments",
    "tickets",
    "whatsapp",
    "melikgazi",
]

# The webhook does not pass here: melikgazi/wsgi.py takes it before any middleware.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "melikgazi.web.long_address.long_address",
    "melikgazi.web.csp.content_policy",
    "melikgazi.web.page_language.page_language",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "melikgazi.sign_in.gate.Gate",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tickets.api_clients.rate_limits.headers",
    "melikgazi.web.own_writes.own_writes",
    "melikgazi.web.bad_input.BadInput",
    "melikgazi.web.access_log.access_log",
]

# Messages name citizens: they stay on the server.
MESSAGE_STORAGE = "melikgazi.web.message_storage.MessageStorage"

ROOT_URLCONF = "melikgazi.urls"
WSGI_APPLICATION = "melikgazi.wsgi.application"


# Templates and static files lie in their feature.
def _of_features(folder: str) -> list[Path]:
    apps = ("departments", "tickets", "whatsapp")
    return [path for app in apps for path in sorted((BASE_DIR / app).glob(f"*/{folder}"))]


FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # widgets look into TEMPLATES, too
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # before Unfold's: the index is our own
        "DIRS": [BASE_DIR / "melikgazi" / "templates", *_of_features("templates")],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["melikgazi.web.turkish_capitals", "melikgazi.back_office.identity"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "melikgazi.back_office.guides.help_link",
                "tickets.undo.pages.act_bar",
                "melikgazi.back_office.identity.identity",
            ],
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL")}
if DATABASE_PASSWORD := env.str("DATABASE_PASSWORD", default=""):  # apart from the address: nothing to escape
    DATABASES["default"]["PASSWORD"] = DATABASE_PASSWORD
# One connection per thread for as long as it works: a connect costs PostgreSQL about 3 ms.
DATABASES["default"]["CONN_MAX_AGE"] = None
# After a restart of the server the first request of each thread finds out, not its user.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Parameters go to the server apart from the text, and each statement is planned for them. What is planned once for all
# (DATABASE_PREPARED) are the statements of the line alone: melikgazi/workers/parent.py.
_STATEMENTS = {"server_side_binding": True, "prepare_threshold": None}
DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | _STATEMENTS


def _by(variable: str) -> dict[str, Any]:
    """The database by another address, in all else as by its own."""
    address = env.db_url(variable)
    password = address["PASSWORD"] or DATABASE_PASSWORD
    options = address.get("OPTIONS", {}) | _STATEMENTS
    return DATABASES["default"] | address | {"PASSWORD": password, "OPTIONS": options}


# PgBouncer: docs/kurulum.md.
DATABASE_PREPARED = env.bool("DATABASE_PREPARED", default=True)
# A pooler that hands connections out by transaction keeps no cursor beyond one.
DATABASE_POOLED = env.bool("DATABASE_POOLED", default=False)
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLED
# The server behind that pooler, for what needs a session of its own: melikgazi/database/direct_database.py.
DATABASE_DIRECT = None
if env.str("DATABASE_DIRECT_URL", default=""):
    DATABASE_DIRECT = _by("DATABASE_DIRECT_URL") | {"DISABLE_SERVER_SIDE_CURSORS": False}
# Reports may read from a copy that follows the database, and then cost the line nothing; in seconds, how far it may be
# behind.
REPORTS_DATABASE = "default"
REPLICA_MAX_LAG = env.int("DATABASE_REPLICA_MAX_LAG", default=60)
if env.str("DATABASE_REPLICA_URL", default=""):
    REPORTS_DATABASE = "replica"
    DATABASES["replica"] = _by("DATABASE_REPLICA_URL") | {"TEST": {"MIRROR": "default"}}
    # One that is gone is not waited for: tickets/reports/source.py. Nor is one whose machine lost its power in the
    # middle of a question, which no connection would hear of for a quarter of an hour.
    _GIVEN_UP = {"connect_timeout": 2, "tcp_user_timeout": 5_000}
    _GIVEN_UP |= {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2}
    DATABASES["replica"]["OPTIONS"] |= _GIVEN_UP
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who can read the backups (age public keys); empty: they are not encrypted.
BACKUP_RECIPIENTS = env.words("BACKUP_RECIPIENTS", default=[])
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "data" / "media"))
# A bucket of S3 for them; empty: they lie in MEDIA_ROOT (tickets/files/object_storage.py).
MEDIA_STORAGE = env.str("MEDIA_STORAGE", default="")
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
STATIC_URL = "/static/"
# A server serves what collectstatic gathered there, compressed and named by content; a trial, the files where they lie.
STATIC_ROOT = env.str("STATIC_ROOT", default="") or None
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
# The telephone page and the back office draw their maps with the same copy of Leaflet.
STATICFILES_DIRS = [
    ("vendor", BASE_DIR / "whatsapp" / "emulator" / "static" / "vendor"),
    ("kilavuz", BASE_DIR / "docs" / "pictures"),
    *_of_features("static"),
]
if STATIC_ROOT:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {
            "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
            # Unlike the citizens' files: root collects them, another account serves them.
            "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
        },
    }

# Heads are told of breaches by e-mail, too, where there is a server for it: smtp+tls://user:password@host:587
EMAIL_URL = env.str("EMAIL_URL", default="")
NOTICES_BY_EMAIL = bool(EMAIL_URL)
globals().update(Environment.email_url_config(EMAIL_URL or "consolemail://"))
MONTHLY_REPORT_TO = env.words("MONTHLY_REPORT_TO", default=[])
EMAIL_TIMEOUT = 10  # seconds for each answer of the server: one that keeps silent holds nobody up for long
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="cozum@melikgazi.bel.tr")

LANGUAGE_CODE = "tr"
TIME_ZONE = "Europe/Istanbul"
USE_I18N = True
FORMAT_MODULE_PATH = "melikgazi.formats"
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "melikgazi" / "locale"]

# --- signing in: melikgazi/sign_in/, docs/decisions/0011 and 0020 ------------------------------------------------
# Looked at when a password is chosen: those that people have go on working.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "departments.staff.password_rules.ShortestValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "departments.staff.password_rules.LocalWordsValidator"},
    {"NAME": "departments.staff.password_rules.NamesValidator"},
]
AUTHENTICATION_BACKENDS = ["melikgazi.sign_in.passwords.ThrottledBackend"]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
PASSWORD_RESET_TIMEOUT = int(invitation_lifetime.LINK_WORKS_FOR.total_seconds())
# `required` of whoever may see personal data, `optional` of those who have connected a telephone, `off` of nobody.
SECOND_FACTOR = env.one_of("SECOND_FACTOR", "required", "optional", "off")
OTP_TOTP_ISSUER = "Çözüm Hattı"
OTP_TOTP_THROTTLE_FACTOR = 0  # wrong codes are counted by our own throttle, which knows browsers apart
# A session ends so long after the last thing that somebody did in it, and so long after the sign-in in any case.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=60)
SESSION_MAX_HOURS = env.int("SESSION_MAX_HOURS", default=12)
# Whom the page for forgotten passwords names where no mail is sent.
SIGN_IN_HELP = env.str("SIGN_IN_HELP", default="Bilgi İşlem Müdürlüğü")
# Whom security.txt names to tell of a weakness, an e-mail address or a page; empty: there is no such file.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")
# Single sign-on by OpenID Connect; empty: there is none.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="Kurum hesabı")
OIDC_SCOPES = env.str("OIDC_SCOPES", default="openid email profile")
# By which claim people are found: `email`, if verified, else the claim that holds their user name.
OIDC_CLAIM = env.str("OIDC_CLAIM", default="email")
# Values of `amr` or `acr` by which the provider says that it asked for a second factor.
OIDC_SECOND_FACTOR = env.words("OIDC_SECOND_FACTOR", default=[])
# Groups whose members get an account and these roles at their first sign-in: group=operator, group=head:FEN
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
OIDC_ROLES = env.roles("OIDC_ROLES", default=[])
_IS_HTTPS = PUBLIC_URL.startswith("https://")
# A browser takes these names from this very host over https alone, never from another of the municipality's domain.
_COOKIES = "__Host-" if _IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{_COOKIES}sessionid"
CSRF_COOKIE_NAME = f"{_COOKIES}csrftoken"
DEVICE_COOKIE_NAME = f"{_COOKIES}device"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _IS_HTTPS
X_FRAME_OPTIONS = "DENY"
# Whose name and crest (PNG or JPEG) stand on pages and papers.
MUNICIPALITY = env.str("MUNICIPALITY", default="Melikgazi Belediyesi")
CREST_FILE = env.str("CREST_FILE", default="")
# Where the back office's maps take their background from; without it they show the boundaries alone.
TILE_URL = env.str("TILE_URL", default="")
# Streets to draw under those maps from a file of our own: PMTiles, vector tiles of Protomaps' scheme.
MAP_FILE = env.str("MAP_FILE", default="")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _IS_HTTPS else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other hosts of the municipality's domain are not ours to bind to https,
    "security.W021",  # nor to enter into the browsers' lists
    "security.W008",  # the proxy in front redirects to https
]

# --- Celery and the workers (melikgazi/workers/parent.py) ---------------------------------------------------------
# A lost task costs seconds, so nothing of it is kept and no result is wanted.
BROKER_URL = env.str("BROKER_URL")
_BROKER = broker_at(BROKER_URL)
CELERY_BROKER_URL = _BROKER.url
CELERY_BROKER_TRANSPORT_OPTIONS = _BROKER.options
CELERY_TASK_DEFAULT_QUEUE_TYPE = CELERY_TASK_CREATE_MISSING_QUEUE_TYPE = _BROKER.queue_type
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_TIME_LIMIT = 600  # seconds: whatever hangs without a limit of its own is killed
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # nobody asks; every worker would listen on a connection more
CELERY_WORKER_DISABLE_RATE_LIMITS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_DB_REUSE_MAX = 1_000_000
# How many processes take from each queue; one where nothing stands here.
WORKERS = {
    "inbox": env.int("WORKERS_INBOX", default=2),
    "outbox": env.int("WORKERS_OUTBOX", default=1),
    "media": env.int("WORKERS_MEDIA", default=1),
}
# A citizen waits for inbox, outbox and media, a colleague for notices, nobody for the chores. These have the mail: a
# slow server of it may not keep telephones from ringing.
CELERY_TASK_DEFAULT_QUEUE = "chores"
CELERY_TASK_ROUTES = {
    "whatsapp.inbox": {"queue": "inbox"},
    "whatsapp.outbox": {"queue": "outbox"},
    "whatsapp.media": {"queue": "media"},
    "tickets.uploads": {"queue": "media"},
    "tickets.ring": {"queue": "notices"},
    "whatsapp.notifications": {"queue": "notices"},
    "whatsapp.warnings": {"queue": "notices"},
    "tickets.watch_clocks": {"queue": "notices"},
    "tickets.send_scheduled": {"queue": "notices"},
}
# Where OpenTelemetry's collector listens (OTLP over HTTP), what it wants to be told by, and whose the traces are.
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
OTEL_EXPORTER_OTLP_HEADERS = env.words("OTEL_EXPORTER_OTLP_HEADERS", default=[])
OTEL_SERVICE_NAME = env.str("OTEL_SERVICE_NAME", default="cozum-hatti")
CELERY_BEAT_SCHEDULE = schedule_for(WORKERS, traces=bool(OTEL_EXPORTER_OTLP_ENDPOINT))
CELERY_TIMEZONE = "UTC"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tickets.rest_api.authentication.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "tickets.rest_api.authentication.WithinScope",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "tickets.rest_api.parsers.JsonParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "URL_FORMAT_OVERRIDE": None,  # `format` asks for a file of a report; departments/spreadsheets/responses.py
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "tickets.rest_api.problems.exception_handler",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Melikgazi Çözüm Hattı",
    "DESCRIPTION": (
        "Başvurular ve raporlar, belediyenin başka sistemleri için. Anahtar: `Authorization: Token …` (Yönetim > API"
        " anahtarları); her çağrı, anahtarın kullanıcısının gördüğünü görür. Hatalar RFC 9457 biçimindedir"
        " (`application/problem+json`). Örneklerle anlatımı: `docs/arayuzler.md`."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVERS": [{"url": "/", "description": "Hattın kendisi"}],
    "CONTACT": {"name": "Melikgazi Belediyesi Çözüm Hattı"},
    "TAGS": [
        {"name": "tickets", "description": "Başvurular"},
        {"name": "exports", "description": "Büyük dosyalar"},
        {"name": "attachments", "description": "Dosyalar"},
        {"name": "reports", "description": "Raporlar"},
        {"name": "departments", "description": "Birimler"},
        {"name": "categories", "description": "Konular"},
        {"name": "neighbourhoods", "description": "Mahalleler"},
        {"name": "agencies", "description": "Başka kurumlar"},
    ],
    "SWAGGER_UI_SETTINGS": {"docExpansion": "list", "defaultModelsExpandDepth": -1},
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tickets.rest_api.problems.document",
        "tickets.rest_api.bounds.document",
        "tickets.rest_api.links.document",
    ],
    # Several rows have a kind or a status: each enumeration gets a name of its own.
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "tickets.record.statuses.Status",
        "TicketKindEnum": "tickets.models.Kind",
        "AttachmentKindEnum": "tickets.models.Attachment.Kind",
        "EventKindEnum": "tickets.models.TicketEvent.Kind",
        "NeighbourhoodKindEnum": "departments.models.Neighbourhood.Kind",
    },
}

# --- WhatsApp: contract in docs/whatsapp-cloud-api.md -----------------------------------
WHATSAPP_APP_SECRETS = env.words("WHATSAPP_APP_SECRET")
WHATSAPP_VERIFY_TOKEN = env.str("WHATSAPP_VERIFY_TOKEN")
WHATSAPP_ACCESS_TOKEN = env.str("WHATSAPP_ACCESS_TOKEN")
WHATSAPP_PHONE_NUMBER_ID = env.str("WHATSAPP_PHONE_NUMBER_ID")
WHATSAPP_WABA_ID = env.str("WHATSAPP_WABA_ID", default="")
WHATSAPP_GRAPH_URL = env.str("WHATSAPP_GRAPH_URL", default="https://graph.facebook.com").rstrip("/")
WHATSAPP_GRAPH_VERSION = env.str("WHATSAPP_GRAPH_VERSION", default="v23.0")
WHATSAPP_MEDIA_HOSTS = env.words("WHATSAPP_MEDIA_HOSTS", default=["lookaside.fbsbx.com"])
# What Meta grants a number, in and out together; and how many calls are on their way or wait for their moment at once:
# with 16, at 0.15 s an answer, 80/s were not reached.
WHATSAPP_MESSAGES_PER_SECOND = env.int("WHATSAPP_MESSAGES_PER_SECOND", default=80)
WHATSAPP_SEND_CONNECTIONS = env.int("WHATSAPP_SEND_CONNECTIONS", default=32)
WHATSAPP_SETTLE_SECONDS = env.float("WHATSAPP_SETTLE_SECONDS", default=time_limits.SETTLE_SECONDS)
WHATSAPP_DRAFT_TIMEOUT = env.float("WHATSAPP_DRAFT_TIMEOUT", default=time_limits.DRAFT_TIMEOUT_SECONDS)
# Where applications under Law 6698 art. 13 are taken, as citizens read it; empty: nothing is said of an address.
KVKK_ADDRESS = env.str("KVKK_ADDRESS", default="")
# Whether staff may have notices sent to their own telephones by WhatsApp: off since the Board's announcement of January
# 2026 (docs/kilavuz-kvkk.md).
STAFF_NOTICES_BY_WHATSAPP = env.bool("STAFF_NOTICES_BY_WHATSAPP", default=False)
WHATSAPP_READ_RECEIPTS = env.bool("WHATSAPP_READ_RECEIPTS", default=True)
KVKK_NOTICE_URL = env.str("KVKK_NOTICE_URL", default="https://www.melikgazi.bel.tr/kvkk")
EMULATOR = env.bool("EMULATOR", default=False)
EMULATOR_URL = env.str("EMULATOR_URL", default="")
EMULATOR_CLOCK = env.str("EMULATOR_CLOCK", default="")

# --- what other systems and the public get: docs/arayuzler.md -----------------------------------------------------
# Petitions (dilekce) and channels (cimer, eposta, …) whose requests are taken down only with a registry's number.
REGISTRY_NUMBER_REQUIRED = env.words("REGISTRY_NUMBER_REQUIRED", default=[])
WEBHOOK_HOSTS = env.words("WEBHOOK_HOSTS", default=[])
# The gateway that rings the telephones of those on duty; empty: there is none.
RING_URL = env.str("RING_URL", default="")
RING_SECRET = env.str("RING_SECRET", default="")
OPEN_DATA = env.bool("OPEN_DATA", default=False)
PUBLIC_PAGE = env.bool("PUBLIC_PAGE", default=False)
# ClamAV's daemon: unix:///run/clamav/clamd.ctl or tcp://host:3310; empty: files are not looked through for viruses.
CLAMD_URL = env.str("CLAMD_URL", default="")

# --- what is told of the running system: docs/izleme.md ---------------------------------------------------------
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Alertmanager's address, asked whether it has anybody to tell; empty: there is none.
ALERTMANAGER_URL = env.str("ALERTMANAGER_URL", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
LOG_FORMAT = env.one_of("LOG_FORMAT", "text", "json")
LOG_LEVEL = env.one_of("LOG_LEVEL", "INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "melikgazi.observability.logs.TextFormatter"},
        "json": {"()": "melikgazi.observability.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # The beat sends every other second: that each task came and went is no news.
    "loggers": {
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},  # what it leaves out of a font for a PDF
    },
}
