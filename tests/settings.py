"""The service's settings on a throwaway PostgreSQL.

The process that starts the test run starts the server; its workers inherit the folder.
"""

import os

from tests.embedded import start_test_server

if "CONCORD_TEST_VAR" not in os.environ:
    os.environ["CONCORD_TEST_VAR"] = str(start_test_server())
os.environ["CONCORD_VAR"] = os.environ["CONCORD_TEST_VAR"]
# A server profile set up in the shell of a developer must never be touched by tests.
for _name in ("DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL"):
    os.environ.pop(_name, None)
_search = os.environ.pop("ELASTICSEARCH_URL", None)

from config.settings import *  # noqa: E402, F403
from governance.audit.types import Limits  # noqa: E402

if _search:
    os.environ["ELASTICSEARCH_URL"] = _search

# Hashing a password the safe way takes 0.3 s; tests make hundreds of people.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Pages take static files from where they are written, without a collected copy.
STORAGES = STORAGES | {  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# A test says itself when opt-outs are read anew: no thread sees what its transaction has written.
OPT_OUT_REFRESH_SECONDS = 0

# What a test records is in the table when it was recorded.
AUDIT_LIMITS = Limits(straight=1e9)
AUDIT_APART = False

# A request to a server of a test leaves its connection to the next one, as in the service.
if "pool" not in DATABASES["default"]["OPTIONS"]:  # noqa: F405
    DATABASES["default"]["CONN_MAX_AGE"] = None  # noqa: F405
