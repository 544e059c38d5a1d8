"""All settings, read top to bottom. Every choice comes from the environment (see docs/operations.md); a bad value raises at start.

Long parts lie beside: how people come in (superapp.entrance), money (superapp.money), and what their imports below name.

Two shapes: `embedded` (default: one process, SQLite, folders) and `server` (secrets must be given, https is demanded).
"""

from __future__ import annotations

import gc
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from superapp import (
    ages,
    backups,
    brokers,
    databases,
    dsa,
    env,
    journal,
    live,
    policy,
    push,
)
from superapp.entrance import *  # noqa: F403  (Django reads settings from one module; each name of that part is one)
from superapp.files import EXPORT_PART_BYTES as EXPORT_PART_BYTES
from superapp.files import storages
from superapp.money import *  # noqa: F403  (as above)
from superapp.responsible import RESPONSIBLE as RESPONSIBLE
from superapp.responsible import demand_all

# Until the last app is ready (superapp.apps): what a start loads stays, and the collector would walk it again and again, a quarter of
# the start.
gc.disable()

django_stubs_ext.monkeypatch()  # lets admin and form classes name their model in their type

BASE_DIR = Path(__file__).resolve().parent.parent

# ---- Shape ---------------------------------------------------------------------------------------------------------------
SHAPE = env.choice("RESAKA_SHAPE", default="embedded", among=("embedded", "server"))
EMBEDDED = SHAPE == "embedded"
DEBUG = env.flag("RESAKA_DEBUG", default=False)
PORT = env.number("RESAKA_PORT", default=8000, low=1, high=65535)
DATA_DIR = Path(env.text("RESAKA_DATA_DIR", str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
ORIGIN = env.text("RESAKA_ORIGIN", f"http://127.0.0.1:{PORT}").rstrip("/")
_origin = urlsplit(ORIGIN)
if _origin.scheme not in {"http", "https"} or not _origin.hostname or _origin.path:
    raise ImproperlyConfigured(f"RESAKA_ORIGIN: expected https://host, got {ORIGIN!r}")
HTTPS = _origin.scheme == "https"
if not EMBEDDED and not HTTPS:
    raise ImproperlyConfigured("RESAKA_ORIGIN: the server shape needs https")
if not EMBEDDED and DEBUG:
    raise ImproperlyConfigured("RESAKA_DEBUG: never on in the server shape")


def _secret(name: str, file_name: str) -> str:
    """A secret of the environment; the embedded shape makes its own at first start and keeps it in the data folder."""
    given = env.text(name)
    if given:
        return given
    if not EMBEDDED:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE): the server shape needs it")
    path = DATA_DIR / file_name
    try:
        with open(path, "x", encoding="ascii", opener=_private) as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


def _private(path: str, flags: int) -> int:
    import os

    return os.open(path, flags, 0o600)


SECRET_KEY = _secret("RESAKA_SECRET_KEY", "secret.key")
RESAKA_KEK = _secret("RESAKA_KEK", "kek.key")
# Earlier ones, which still open what was wrapped under them (core.kek, docs/backups.md).
RESAKA_KEK_OLD = env.words("RESAKA_KEK_OLD", "")
for _name, _kek in (("RESAKA_KEK", RESAKA_KEK), *(("RESAKA_KEK_OLD", _old) for _old in RESAKA_KEK_OLD)):
    if len(_kek) != 64 or set(_kek.lower()) - set("0123456789abcdef"):
        raise ImproperlyConfigured(f"{_name}: expected 64 hexadecimal digits")

ALLOWED_HOSTS = list({_origin.hostname, *env.words("RESAKA_HOSTS", "127.0.0.1,localhost" if EMBEDDED else "")})
CSRF_TRUSTED_ORIGINS = [ORIGIN] if HTTPS else []
CSRF_FAILURE_VIEW = "superapp.pages.csrf_failure"

# ---- Applications --------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "superapp.apps.ResakaAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.forms",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
    "csp",
    "core",
    "realtime",
    "accounts",
    "notifications",
    "billing",
    "chat",
    "moderation",
    "privacy",
    "superapp",
]

MIDDLEWARE = [
    "superapp.middleware.count_answers",
    "superapp.middleware.probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "superapp.middleware.admin_policy",
    "superapp.middleware.permissions_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.language_of_person",
    "accounts.middleware.keep_locked",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.remember_device",
    "accounts.middleware.staff_hours",
    "accounts.middleware.note_visit",
    "accounts.middleware.confine",
    "accounts.middleware.keep_awake",
    "accounts.middleware.require_consent",
    "superapp.middleware.Outage",
]

ROOT_URLCONF = "superapp.urls"
ASGI_APPLICATION = "superapp.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "superapp.context.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ---- Data ----------------------------------------------------------------------------------------------------------------
# SQLite files in the embedded shape; MariaDB or MySQL by address, which the server shape demands. The key store has its own.
DATABASES = databases.choose(embedded=EMBEDDED, folder=DATA_DIR)
DATABASE_ROUTERS = ["core.routers.ReplicaRouter", "core.routers.KeysRouter"]

# The live bus between processes, the shared cache, and the queue of the workers. Without an address they live in the process.
REDIS_URL = databases.redis_address("RESAKA_REDIS_URL", env.text("RESAKA_REDIS_URL")) if env.text("RESAKA_REDIS_URL") else ""
if not EMBEDDED and not REDIS_URL:
    raise ImproperlyConfigured("RESAKA_REDIS_URL (or RESAKA_REDIS_URL_FILE): the server shape needs it")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "core.cache.SteadyCache", "LOCATION": REDIS_URL, "OPTIONS": {"MAX_ENTRIES": 20_000}}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}
}

# ---- Jobs ----------------------------------------------------------------------------------------------------------------
# Who runs the outbox's deliveries and the schedule: a thread of the web process, or Celery's worker and beat.
JOBS = env.choice("RESAKA_JOBS", default="thread" if EMBEDDED else "celery", among=("thread", "celery"))
BROKER_URL = brokers.address("RESAKA_BROKER_URL", env.text("RESAKA_BROKER_URL")) if env.text("RESAKA_BROKER_URL") else REDIS_URL
if JOBS == "celery" and not BROKER_URL:
    raise ImproperlyConfigured("RESAKA_BROKER_URL (or RESAKA_BROKER_URL_FILE): RESAKA_JOBS=celery needs it")
# Who brings it may read /metrics from elsewhere; without it only this machine may.
METRICS_TOKEN = env.text("RESAKA_METRICS_TOKEN")

# ---- Live ----------------------------------------------------------------------------------------------------------------
REALTIME = live.SOCKETS
MESSAGES_IN_10_S = live.MESSAGES_IN_10_S

# The servers that this house may ask, by name, and by port if it is not 443 (core.http). Nothing else is ever asked.
OUTBOUND_HOSTS = env.hosts("RESAKA_OUTBOUND_HOSTS")

# The push services to which devices are reached, by what the browsers themselves said; and FCM, for an application (superapp.push).
PUSH_HOSTS = push.HOSTS
FCM_URL, FCM_ACCOUNT = push.FCM_URL, push.FCM_ACCOUNT

# The Commission's database of statements of reasons, and whether this house sends them there (superapp.dsa).
DSA_MODE, DSA_URL, DSA_TOKEN = dsa.MODE, dsa.URL, dsa.TOKEN

# Where the end of the audit chain is noted every hour (core.audit): a file on other storage than the database's.
AUDIT_ANCHORS = Path(env.text("RESAKA_AUDIT_ANCHORS", str(DATA_DIR / "audit" / "anchors.jsonl")))

# What was destroyed or frozen is also noted in files that only grow (core.tombstones), best on other storage than the databases'.
TOMBSTONES = Path(env.text("RESAKA_TOMBSTONES", str(DATA_DIR / "tombstones")))

# Where backups go (superapp.backups).
BACKUP_DIR, KEYS_BACKUP_DIR, BACKUP_RECIPIENTS = backups.FOLDER, backups.KEYS_FOLDER, backups.RECIPIENTS
BACKUP_DATABASE, JOURNAL_SCOPES = backups.DATABASE, backups.JOURNAL_SCOPES

# Reports of drills, for auditors to read; and the operator's own part of the register of transfers (privacy/registers/transfers.yml).
DRILLS = Path(env.text("RESAKA_DRILLS", str(DATA_DIR / "drills")))
TRANSFERS = env.text("RESAKA_TRANSFERS")

# ---- Files ---------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise looks into it at start
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = storages(MEDIA_ROOT, DATA_DIR / "exports")
WHITENOISE_MAX_AGE = 3600
IMAGE_BYTES = 10 * 1024 * 1024
IMAGE_PIXELS = 40_000_000
# The model that looks for nudity, and from which score on (0 to 1) a picture outside of SEXUAL rooms waits for a person.
IMAGE_MODEL = env.flag("RESAKA_IMAGE_MODEL", default=True)
IMAGE_NUDITY_HOLD = env.number("RESAKA_IMAGE_NUDITY_PERCENT", default=80, low=1, high=100) / 100
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# ---- Languages and time --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("Français")), ("mg", _("Malagasy")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "lang"
LANGUAGE_COOKIE_SAMESITE = "Lax"
FORMAT_MODULE_PATH = "superapp.formats"
TIME_ZONE = "UTC"
USE_TZ = True

# Django and allauth do not know Malagasy; without this entry get_language_info raises KeyError.
LANG_INFO["mg"] = {"bidi": False, "code": "mg", "name": "Malagasy", "name_local": "Malagasy"}

# ---- People (accounts) ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
MINIMUM_AGE = 18
CLOSURE_GRACE = env.number("RESAKA_CLOSURE_GRACE", default=14, low=0, high=30)  # days in which closing an account can be taken back
# Proofs of age that can be chosen, the first one offered first. The demo wallet, whose issuer anybody can hold in their hand, is a
# method of its own: only the embedded shape has it, and elsewhere its proofs count for nothing.
AGE_METHODS = ages.METHODS
STRIPE_IDENTITY_URL, STRIPE_IDENTITY_KEY = ages.STRIPE_IDENTITY_URL, ages.STRIPE_IDENTITY_KEY
OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_SCOPE = (
    ages.OIDC_ISSUER,
    ages.OIDC_CLIENT_ID,
    ages.OIDC_CLIENT_SECRET,
    ages.OIDC_SCOPE,
)
DEMO_WALLET = env.flag("RESAKA_DEMO_WALLET", default=EMBEDDED)
if DEMO_WALLET and not (EMBEDDED or DEBUG):
    raise ImproperlyConfigured("RESAKA_DEMO_WALLET: never on in the server shape")
# Where rooms with sexual content may open at all; Madagascar is left out until its law was read for it.
AGE_SEXUAL_JURISDICTIONS = env.choices("RESAKA_AGE_SEXUAL_JURISDICTIONS", "FR,EU,OTHER", among=("FR", "EU", "OTHER", "MG"))
AGE_SDJWT_VCT = env.text("RESAKA_AGE_SDJWT_VCT", "urn:eudi:pid:1")
# The trusted list of age-proof issuers: where it is fetched every day (empty: never; `manage.py trusted_list refresh --file` takes one),
# and the PEM file of the certificates that may sign it.
TRUSTED_LIST_URL = env.text("RESAKA_TRUSTED_LIST_URL")
TRUSTED_LIST_SIGNERS = env.text("RESAKA_TRUSTED_LIST_SIGNERS")
# How they come in, and by which second factor: superapp.entrance.
# In which header the outermost proxy says from which port a visitor came; looked at only behind RESAKA_PROXIES proxies.
PORT_HEADER = env.text("RESAKA_PORT_HEADER", "X-Client-Port")
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("RESAKA_PROXIES", default=0, low=0, high=8)

# The cookie that the page of somebody who leaves in haste sets by itself: should the request that locks be lost, the next one locks.
AWAY_COOKIE = "away"
# Where the quick exit leads: a page that nobody minds to see, and that says nothing about whoever comes from here.
QUICK_EXIT_URL = env.text("RESAKA_QUICK_EXIT_URL", "https://www.wikipedia.org/")
if urlsplit(QUICK_EXIT_URL).scheme not in {"http", "https"} or not urlsplit(QUICK_EXIT_URL).hostname:
    raise ImproperlyConfigured(f"RESAKA_QUICK_EXIT_URL: expected https://host/, got {QUICK_EXIT_URL!r}")

# ---- Money (billing): who sells, the VAT, providers, credit and prices in superapp.money ------------------------------------------------
# Whether this process starts stand-ins of the providers whose addresses are ports of this machine (superapp.standins); `bin/run` says so.
STANDINS = env.flag("RESAKA_STANDINS", default=False)
if STANDINS and not EMBEDDED:
    raise ImproperlyConfigured("RESAKA_STANDINS: never on in the server shape")

# ---- E-mail --------------------------------------------------------------------------------------------------------------
MAIL_DIR = DATA_DIR / "mail"
if EMBEDDED:  # messages land in a folder, and on a page shown only in this shape
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(MAIL_DIR)
else:
    EMAIL_HOST = env.text("RESAKA_SMTP_HOST", "localhost")
    EMAIL_PORT = env.number("RESAKA_SMTP_PORT", default=587, low=1, high=65535)
    EMAIL_HOST_USER = env.text("RESAKA_SMTP_USER")
    EMAIL_HOST_PASSWORD = env.text("RESAKA_SMTP_PASSWORD")
    EMAIL_USE_TLS = env.flag("RESAKA_SMTP_TLS", default=True)
    EMAIL_TIMEOUT = 10  # seconds for each word of the server; without it one that falls silent holds a worker for ever
DEFAULT_FROM_EMAIL = env.text("RESAKA_MAIL_FROM", f"Resaka <no-reply@{_origin.hostname}>")

# ---- Security ------------------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "core.sessions"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_SAVE_EVERY_REQUEST = False
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("RESAKA_BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS: list[str] = []

_SOCKET = f"{'wss' if HTTPS else 'ws'}://{_origin.netloc}"
CONTENT_SECURITY_POLICY = policy.content_security(_SOCKET)

# ---- Logs: one JSON line per event, never a body, never a query string ------------------------------------------------------
LOG_LEVEL = env.choice("RESAKA_LOG_LEVEL", default="INFO", among=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = journal.configure(LOG_LEVEL)

# ---- Legal notice ----------------------------------------------------------------------------------------------------------
SITE_NAME = env.text("RESAKA_SITE_NAME", "Resaka")
PUBLISHER = env.text("RESAKA_PUBLISHER", "")
CONTACT_EMAIL = env.text("RESAKA_CONTACT_EMAIL", f"contact@{_origin.hostname}")
# The single point of contact of authorities (DSA art. 11), where it is another.
AUTHORITIES_EMAIL = env.text("RESAKA_AUTHORITIES_EMAIL", CONTACT_EMAIL)
# RESPONSIBLE: who answers for the personal data; a house that serves people does not start without them.
if not EMBEDDED:
    demand_all()

# ---- Notices on devices: by which key push services know us, and the one that it replaces while browsers still hold it -------------
VAPID_KEYS = (
    push.read_keys(RESAKA_VAPID_KEY=_secret("RESAKA_VAPID_KEY", "vapid.key"), RESAKA_VAPID_OLD_KEY=env.text("RESAKA_VAPID_OLD_KEY"))
    if PUSH_HOSTS
    else ()
)
VAPID_SUBJECT = push.check_subject(push.SUBJECT or f"mailto:{CONTACT_EMAIL}") if PUSH_HOSTS else ""
