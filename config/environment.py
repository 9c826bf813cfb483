"""The environment variables of the service, read once and typed.

Two profiles, decided here and nowhere else. Without any server variable the service starts its
parts itself below `var/`; with one of them all of the required ones have to be there, and what is
missing is refused in a single message.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from config.embedded.postgres import connection_settings, database_settings
from config.embedded.queue import BROKER_URL, queue_options
from config.embedded.secrets import secret

# What the server profile cannot start without, and what each is for.
REQUIRED = {
    "DATABASE_URL": "the PostgreSQL database, postgresql://user:password@host:5432/name",
    "CELERY_BROKER_URL": "the job queue, redis://host:6379/0 or amqp://user:password@host:5672//",
    "SECRET_KEY": "signs sessions and links, 32 or more random characters",
    "ALLOWED_HOSTS": "the host names this service answers to, separated by commas",
}
_SERVER = (*REQUIRED, "ELASTICSEARCH_URL")
_OIDC = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
_BROKER_SCHEMES = ("redis", "rediss", "redis+socket", "amqp", "amqps")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_DATABASE_OPTIONS = (
    "application_name", "connect_timeout", "host", "keepalives", "keepalives_idle", "options",
    "passfile", "sslcert", "sslkey", "sslmode", "sslrootcert", "target_session_attrs",
)  # fmt: skip
# Who may be denied everything by default; employees never are.
_EMPLOYMENTS = ("contractor", "external", "service")
_YES = ("1", "true", "yes", "on")
_NO = ("", "0", "false", "no", "off")


IPNetwork = IPv4Network | IPv6Network


class EnvironmentVariableError(Exception):
    """The environment is incomplete or wrong; the message names every fault and its fix."""


@dataclass(frozen=True)
class OidcClient:
    """The single sign-on provider, where one is configured."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the provider."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Environment:
    """Everything the settings take from outside; no field tells which profile it came from.

    Fields that hold a secret stay out of its printed form.
    """

    var: Path
    fixtures: Path
    database: dict[str, Any] = field(repr=False)
    broker_url: str = field(repr=False)
    broker_transport_options: dict[str, Any]
    secret_key: str = field(repr=False)
    allowed_hosts: list[str]
    debug: bool
    story_clock: bool
    webhook_networks: tuple[IPNetwork, ...]
    run_event_days: int
    query_days: int
    audit_days: dict[str, int]
    audit_heads: tuple[str, ...]
    audit_key: str = field(repr=False)
    bundle_key: str = field(repr=False)
    denied_by_default: tuple[str, ...]
    port: int
    base_url: str
    secure_cookies: bool
    elasticsearch_url: str | None  # addresses of one cluster, separated by commas
    elasticsearch: dict[str, str] = field(repr=False)  # how to be let in
    email: dict[str, Any] = field(repr=False)
    oidc: OidcClient | None


def read_environment(root: Path, variables: Mapping[str, str] | None = None) -> Environment:
    """Return the environment of the checkout in `root` (default variables: the process's own).

    Raises `EnvironmentVariableError` naming everything that is missing or wrong at once; no
    password is ever repeated in the message.
    """
    given = os.environ if variables is None else variables
    reader = _Reader({key: value.strip() for key, value in given.items()})
    var = Path(reader.get("CONCORD_VAR") or root / "var").absolute()
    port = reader.port("PORT", 8000)
    server = server_variables(given)
    reader.require(server)
    base_url = reader.base_url(port) if server else reader.url("BASE_URL") or _loopback(port)
    common: dict[str, Any] = {
        "var": var,
        "fixtures": Path(reader.get("CONCORD_FIXTURES") or root / "../shared/fixtures").resolve(),
        "debug": reader.flag("CONCORD_DEBUG"),
        "story_clock": reader.flag("CONCORD_STORY_CLOCK"),
        "webhook_networks": reader.networks("WEBHOOK_NETWORKS"),
        "run_event_days": reader.days("RUN_EVENT_DAYS", 30),
        "query_days": reader.days("QUERY_DAYS", 400),
        "audit_days": {
            "restricted": reader.days("AUDIT_DAYS_RESTRICTED", 3660),
            "open": reader.days("AUDIT_DAYS_OPEN", 400),
            "listing": reader.days("AUDIT_DAYS_LISTING", 90),
        },
        "audit_heads": reader.head_sinks("AUDIT_HEADS"),
        "audit_key": reader.get("AUDIT_SIGNING_KEY"),
        "bundle_key": reader.get("BUNDLE_SIGNING_KEY"),
        "denied_by_default": reader.employments("DENIED_BY_DEFAULT", "external"),
        "port": port,
        "base_url": base_url,
        "secure_cookies": base_url.startswith("https://"),
        "elasticsearch_url": reader.cluster("ELASTICSEARCH_URL"),
        "elasticsearch": reader.cluster_access(),
        "email": reader.email(var),
        "oidc": reader.oidc(),
    }
    if server:
        broker = reader.broker()
        common |= {
            "database": reader.database(),
            "broker_url": broker,
            "broker_transport_options": _broker_options(broker),
            "secret_key": reader.secret_key(),
            "allowed_hosts": reader.hosts(),
        }
        reader.refuse()
        return Environment(**common)
    pool = reader.pool()
    reader.refuse()
    own_host = urlsplit(base_url).hostname or ""
    return Environment(
        **common,
        database=database_settings(var, pool=pool),
        broker_url=BROKER_URL,
        broker_transport_options=queue_options(var),
        secret_key=secret(var, "django"),
        allowed_hosts=[*_LOOPBACK, *([own_host] if own_host not in _LOOPBACK else [])],
    )


def server_variables(variables: Mapping[str, str] | None = None) -> list[str]:
    """Return which variables ask for servers of their own; none means the embedded parts."""
    given = os.environ if variables is None else variables
    return [name for name in _SERVER if given.get(name, "").strip()]


class _Reader:
    """Reads single variables and collects every fault, so that one run names them all."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._faults: list[str] = []

    def get(self, name: str) -> str:
        return self._variables.get(name, "")

    def refuse(self) -> None:
        if self._faults:
            lines = "\n".join(f"  {fault}" for fault in self._faults)
            raise EnvironmentVariableError(f"Concord cannot start with this environment:\n{lines}")

    def require(self, server: list[str]) -> None:
        """With any server variable given, all required ones have to be."""
        for name, purpose in REQUIRED.items():
            if server and not self.get(name):
                self._faults.append(f"{name} is missing: {purpose} (needed with {server[0]}).")

    def port(self, name: str, default: int) -> int:
        text = self.get(name) or str(default)
        if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
            return int(text)
        self._faults.append(f"{name} is a number from 1 to 65535, not {text!r}.")
        return default

    def days(self, name: str, default: int) -> int:
        text = self.get(name) or str(default)
        if text.isascii() and text.isdigit() and 0 < int(text) <= 3660:
            return int(text)
        self._faults.append(f"{name} is a number of days from 1 to 3660, not {text!r}.")
        return default

    def pool(self) -> int:
        """How many database connections one process shares between its threads.

        0, the default, suits a single command: one connection, and a refusal at once when there is
        none to be had. `config.asgi`, `config.wsgi` and `config.celery` raise it for processes
        that stay.
        """
        text = self.get("DATABASE_POOL") or "0"
        if text.isascii() and text.isdigit() and int(text) <= 100:
            return int(text)
        self._faults.append(f"DATABASE_POOL is a number from 0 to 100, not {text!r}.")
        return 0

    def flag(self, name: str) -> bool:
        text = self.get(name).lower()
        if text not in _YES + _NO:
            self._faults.append(f"{name} is 1 or 0, not {text!r}.")
        return text in _YES

    def networks(self, name: str) -> tuple[IPNetwork, ...]:
        """Networks such as 10.2.0.0/16, separated by commas."""
        found = []
        for text in filter(None, (part.strip() for part in self.get(name).split(","))):
            try:
                found.append(ip_network(text))
            except ValueError:
                self._faults.append(f"{name} has networks such as 10.2.0.0/16, not {text!r}.")
        return tuple(found)

    def head_sinks(self, name: str) -> tuple[str, ...]:
        """Where the signed heads of the audit go, separated by commas; none is a file in `var`."""
        found = [part.strip() for part in self.get(name).split(",") if part.strip()]
        for text in found:
            if text.startswith("/") or urlsplit(text).scheme in ("https", "http", "syslog"):
                continue
            self._faults.append(
                f"{name} has paths, https:// and syslog:// addresses, not {text!r}."
            )
        return tuple(found)

    def employments(self, name: str, default: str) -> tuple[str, ...]:
        """Kinds of employment, separated by commas; `none` for none at all."""
        text = self.get(name) or default
        found = [part.strip().lower() for part in text.split(",") if part.strip()]
        if found == ["none"]:
            return ()
        unknown = [one for one in found if one not in _EMPLOYMENTS]
        if unknown:
            known = ", ".join(_EMPLOYMENTS)
            self._faults.append(f"{name} has kinds of employment ({known}) or none, not {text!r}.")
        return tuple(one for one in found if one not in unknown)

    def hosts(self) -> list[str]:
        return [host.strip() for host in self.get("ALLOWED_HOSTS").split(",") if host.strip()]

    def secret_key(self) -> str:
        key = self.get("SECRET_KEY")
        if key and len(key) < 32:
            self._faults.append(f"SECRET_KEY has {len(key)} characters; give 32 or more.")
        return key

    def url(self, name: str) -> str | None:
        """An http(s) address without its trailing slash, or None when it is not given."""
        text = self.get(name)
        if not text:
            return None
        parts = self._split(name, text)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            self._faults.append(f"{name} is an address such as https://host:port.")
            return None
        return text.rstrip("/")

    def cluster(self, name: str) -> str | None:
        """Addresses of the nodes of one cluster, separated by commas; secrets stay out of them."""
        given = [part.strip() for part in self.get(name).split(",") if part.strip()]
        for text in given:
            parts = self._split(name, text)
            if parts is None:
                return None
            if parts.scheme not in ("http", "https") or not parts.hostname:
                self._faults.append(f"{name} is an address such as https://host:port.")
                return None
            if parts.username or parts.password:
                self._faults.append(
                    f"{name} holds no user: give ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD."
                )
                return None
        return ",".join(text.rstrip("/") for text in given) or None

    def cluster_access(self) -> dict[str, str]:
        """How the search cluster lets us in (an API key, or a user), and whom to trust that it is
        the one."""
        names = {
            "api_key": "ELASTICSEARCH_API_KEY",
            "username": "ELASTICSEARCH_USERNAME",
            "password": "ELASTICSEARCH_PASSWORD",
            "ca_file": "ELASTICSEARCH_CA_FILE",
        }
        found = {key: self.get(name) for key, name in names.items() if self.get(name)}
        if ("username" in found) != ("password" in found):
            self._faults.append("ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD go together.")
        if "api_key" in found and "username" in found:
            self._faults.append("Give ELASTICSEARCH_API_KEY or a user with a password, not both.")
        if "ca_file" in found and not Path(found["ca_file"]).is_file():
            self._faults.append(
                f"ELASTICSEARCH_CA_FILE names a file with certificates; there is none at"
                f" {found['ca_file']}."
            )
        prefix = self.get("ELASTICSEARCH_INDEX_PREFIX") or "concord"
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,60}", prefix):
            self._faults.append(
                "ELASTICSEARCH_INDEX_PREFIX is small letters, digits, - and _, such as concord."
            )
        return {**found, "prefix": prefix}

    def base_url(self, port: int) -> str:
        """The address people use; the first allowed host over https when it is not given."""
        given = self.url("BASE_URL")
        if given:
            return given
        named = [host for host in self.hosts() if "*" not in host and not host.startswith(".")]
        if named:
            return f"https://{named[0]}"
        if self.hosts():
            self._faults.append(
                "BASE_URL is missing: the address people use, such as https://data.example.org "
                "(needed when ALLOWED_HOSTS names no single host)."
            )
        return _loopback(port)

    def broker(self) -> str:
        text = self.get("CELERY_BROKER_URL")
        scheme = text.partition("://")[0]
        if text and scheme not in _BROKER_SCHEMES:
            self._faults.append(
                "CELERY_BROKER_URL starts with redis://, rediss://, redis+socket://, amqp:// or "
                "amqps://."
            )
        return text

    def database(self) -> dict[str, Any]:
        """Django's entry for DATABASE_URL; faults name what is wrong, never the password."""
        text = self.get("DATABASE_URL")
        parts = self._split("DATABASE_URL", text)
        if not text or parts is None:
            return {}
        options = dict(parse_qsl(parts.query))
        name = unquote(parts.path.lstrip("/"))
        host = options.pop("host", "") or unquote(parts.hostname or "")
        faults = []
        if parts.scheme not in ("postgres", "postgresql"):
            faults.append("start with postgresql:// (PostgreSQL is the only database)")
        if not name or "/" in name:
            faults.append("end with /name, the database's name")
        if not host:
            faults.append("name a host, or a socket folder as ?host=/folder")
        if not parts.username:
            faults.append("name a user")
        unknown = sorted(set(options) - set(_DATABASE_OPTIONS))
        if unknown:
            faults.append(f"not have the option {', '.join(unknown)}")
        if faults:
            self._faults.append(f"DATABASE_URL has to {'; '.join(faults)}.")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(parts.port or 5432),
            **connection_settings(self.pool(), options),
        }

    def email(self, var: Path) -> dict[str, Any]:
        """Django's mail settings; without EMAIL_URL mails are kept as files in `var/mail`."""
        sender = self.get("EMAIL_FROM") or "concord@localhost"
        text = self.get("EMAIL_URL")
        if not text:
            return {
                "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
                "EMAIL_FILE_PATH": str(var / "mail"),
                "DEFAULT_FROM_EMAIL": sender,
            }
        parts = self._split("EMAIL_URL", text)
        if parts is None or parts.scheme not in ("smtp", "smtp+tls", "smtps") or not parts.hostname:
            self._faults.append(
                "EMAIL_URL is smtp://, smtp+tls:// or smtps:// and user:password@host:port."
            )
            return {}
        default_port = {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme]
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": parts.port or default_port,
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_TIMEOUT": 20,  # seconds
            "DEFAULT_FROM_EMAIL": sender,
        }

    def oidc(self) -> OidcClient | None:
        given = [name for name in _OIDC if self.get(name)]
        if not given:
            return None
        self._faults.extend(
            f"{name} is missing: single sign-on needs {', '.join(_OIDC)} together."
            for name in _OIDC
            if name not in given
        )
        issuer = self.url("OIDC_ISSUER") or ""
        return OidcClient(issuer, self.get("OIDC_CLIENT_ID"), self.get("OIDC_CLIENT_SECRET"))

    def _split(self, name: str, text: str) -> SplitResult | None:
        try:
            parts = urlsplit(text)
            _ = parts.port  # raises for a port that is no number
        except ValueError:
            self._faults.append(
                f"{name} cannot be read as an address; write special characters in a user or "
                "password as %XX, and a port as a number."
            )
            return None
        return parts


def _loopback(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _broker_options(broker: str) -> dict[str, Any]:
    # Redis hands an unfinished job to another worker after this many seconds.
    return {"visibility_timeout": 3600} if broker.startswith("redis") else {}
