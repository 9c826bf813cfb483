"""Django settings. What differs between deployments comes from `config.environment` alone."""

from pathlib import Path
from typing import Any

import pghistory
import structlog
from django.utils.functional import SimpleLazyObject
from whitenoise.compress import Compressor

from catalog.log_lines import without_input
from config.enum_names import enum_names
from config.environment import read_environment
from config.sign_in import sign_in_providers
from governance.audit.types import Limits
from governance.culture.silence import without_reporters

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = read_environment(BASE_DIR)

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = ENVIRONMENT.debug
# Whether a demonstration may freeze and move the clock of governance.
STORY_CLOCK = ENVIRONMENT.story_clock
# Kinds of employment that are denied everything, whatever the opt-outs say.
OPT_OUT_DENIED_EMPLOYMENTS = ENVIRONMENT.denied_by_default
# How often a process looks whether what its answers rest on has moved; 0 is never by itself.
OPT_OUT_REFRESH_SECONDS = 0.5
# Between two heartbeats of a running query; two that stay away end its lease. How long a query that
# nothing moved for is not judged anew, since opt-outs begin by the clock, too.
LEASE_HEARTBEAT_SECONDS = 5
LEASE_JUDGED_SECONDS = 30.0
# How long gateways decide without the database: about data marked public or internal, and about
# all other data. Then they deny.
GATEWAY_OPEN_SECONDS = 3_600.0
GATEWAY_STALE_SECONDS = 300.0
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
BASE_URL = ENVIRONMENT.base_url
VAR_DIR = ENVIRONMENT.var
INSTANCE_NAME = "Concord"

INSTALLED_APPS = [
    "config",
    "governance",
    "lineage",
    "catalog",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "graphene_django",
    "guardian",
    "pghistory",
    "pgtrigger",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "governance.permissions.middleware.OneLookMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "catalog.web.middleware.RequestPrincipalMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "catalog.web.refusals.RefusalMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "catalog.web.shell.shell",
                "catalog.web.presentation.appearance.appearance",
                "governance.proposals.web.story.story_clock",
            ],
        },
    },
]

# --- database and history ---

DATABASES = {"default": {**ENVIRONMENT.database, "ATOMIC_REQUESTS": False}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "catalog.Person"

# History is read by object and by parent only; the indexes for that are declared on each model.
PGHISTORY_FIELD = pghistory.Field(db_index=False)
PGHISTORY_ADMIN_CLASS = None

# --- people and sign-in ---

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "catalog.web.sign_in.InvitationOnlyAdapter"
ACCOUNT_FORMS = {
    "reset_password": "catalog.web.passwords.ResetLocalPasswordForm",
    "set_password": "catalog.web.passwords.NoPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
SOCIALACCOUNT_ADAPTER = "catalog.web.sign_in.DirectoryAdapter"
SOCIALACCOUNT_EMAIL_REQUIRED = False
SOCIALACCOUNT_PROVIDERS = sign_in_providers(ENVIRONMENT.oidc)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

# --- security ---

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.secure_cookies
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = ENVIRONMENT.secure_cookies
SECURE_HSTS_SECONDS = 31_536_000 if ENVIRONMENT.secure_cookies else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENVIRONMENT.secure_cookies
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a workflow with sixty states is one form
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        # Browsers hold a form to this along its redirects, so sign-in may lead to the provider.
        "form-action": ["'self'", *([ENVIRONMENT.oidc.origin] if ENVIRONMENT.oidc else [])],
        "object-src": ["'none'"],
    },
}

# --- pages ---

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
# Off: it would also write keys and versions as 1,234 into addresses and forms. Numbers for people
# go through the `number` filter.
USE_THOUSAND_SEPARATOR = False
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False
WHITENOISE_USE_FINDERS = DEBUG
# Compressing source maps, which only a debugger asks for, was half of the work.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
MEDIA_ROOT = VAR_DIR / "uploads"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# --- REST and GraphQL ---

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "catalog.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["catalog.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "catalog.api.schema.ProblemSchema",
    "DEFAULT_PAGINATION_CLASS": "catalog.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "catalog.api.problems.problem_response",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Concord",
    "DESCRIPTION": "The right data, in the right hands, by agreement.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    # Every enum has one name, whichever field it stands in.
    "ENUM_NAME_OVERRIDES": SimpleLazyObject(enum_names),
    "POSTPROCESSING_HOOKS": [
        "catalog.api.schema.forget_choice_words",
        "drf_spectacular.hooks.postprocess_schema_enums",
    ],
}
GRAPHENE = {"SCHEMA": "config.graphql.schema.schema"}

# --- jobs ---

CELERY_BROKER_URL = ENVIRONMENT.broker_url
CELERY_BROKER_TRANSPORT_OPTIONS = ENVIRONMENT.broker_transport_options
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_TIME_LIMIT = 3600

# --- what the service needs from outside ---

ELASTICSEARCH_URL = ENVIRONMENT.elasticsearch_url
ELASTICSEARCH = ENVIRONMENT.elasticsearch
FIXTURES_DIR = ENVIRONMENT.fixtures
# Private networks that webhooks and chats may be posted to; none unless told.
WEBHOOK_NETWORKS = ENVIRONMENT.webhook_networks
# What the log of access decisions holds back, how long it is kept (in days, by the way of keeping),
# where its signed heads are sent, and with which key they are signed.
AUDIT_LIMITS = Limits()
AUDIT_APART = True  # gateways' records are kept, and spools uploaded, by processes of their own
AUDIT_DAYS = ENVIRONMENT.audit_days
AUDIT_HEADS = ENVIRONMENT.audit_heads
AUDIT_KEY = ENVIRONMENT.audit_key
BUNDLE_KEY = ENVIRONMENT.bundle_key
# How long run events are kept as they came; what was read from them stays.
RUN_EVENT_DAYS = ENVIRONMENT.run_event_days
# How long a query's text and users are kept after it ran last; its sums stay.
QUERY_DAYS = ENVIRONMENT.query_days
globals().update(ENVIRONMENT.email)

# --- logs ---

DJANGO_STRUCTLOG_CELERY_ENABLED = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},  # a line of each request is written as it is
        "django_structlog": {"level": "WARNING"},
        "elastic_transport": {"level": "WARNING"},
    },
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        without_reporters,
        without_input,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
