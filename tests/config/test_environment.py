"""The environment variables: two profiles, all faults at once, no secret repeated."""

from pathlib import Path

import pytest

from config.embedded.postgres import socket_folder
from config.environment import (
    EnvironmentVariableError,
    OidcClient,
    read_environment,
    server_variables,
)

SERVER = {
    "DATABASE_URL": "postgresql://concord:p%40ss%2Fword@db.example.org:6432/catalog?sslmode=require",
    "CELERY_BROKER_URL": "redis://queue.example.org:6379/0",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "data.example.org, internal.example.org",
}


def refusal(root: Path, variables: dict[str, str]) -> str:
    with pytest.raises(EnvironmentVariableError) as caught:
        read_environment(root, variables)
    return str(caught.value)


def test_nothing_given_means_own_parts_below_var(tmp_path: Path) -> None:
    environment = read_environment(tmp_path, {})
    assert environment.var == tmp_path / "var"
    assert environment.database["HOST"] == str(socket_folder(tmp_path / "var"))
    assert environment.broker_url == "filesystem://localhost"
    assert Path(environment.broker_transport_options["data_folder_in"]).is_dir()
    assert environment.broker_transport_options["polling_interval"] == 0.05
    assert len(environment.secret_key) == 43
    assert environment.allowed_hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert environment.base_url == "http://127.0.0.1:8000"
    assert environment.secure_cookies is False
    assert environment.debug is False
    assert environment.elasticsearch_url is None
    assert environment.oidc is None
    assert environment.email["EMAIL_FILE_PATH"] == str(tmp_path / "var" / "mail")
    assert server_variables({}) == []


def test_server_profile_reads_every_part(tmp_path: Path) -> None:
    environment = read_environment(
        tmp_path,
        SERVER
        | {
            "ELASTICSEARCH_URL": "https://search.example.org:9200/, https://other.example.org:9200",
            "ELASTICSEARCH_API_KEY": "quiet-key",
            "OIDC_ISSUER": "https://login.example.org",
            "OIDC_CLIENT_ID": "concord",
            "OIDC_CLIENT_SECRET": "quiet",
            "EMAIL_URL": "smtp+tls://mailer:se%40cret@mail.example.org",
            "EMAIL_FROM": "catalog@example.org",
        },
    )
    assert environment.database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "catalog",
        "USER": "concord",
        "PASSWORD": "p@ss/word",
        "HOST": "db.example.org",
        "PORT": "6432",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"sslmode": "require"},
    }
    assert environment.broker_url == "redis://queue.example.org:6379/0"
    assert environment.allowed_hosts == ["data.example.org", "internal.example.org"]
    assert environment.base_url == "https://data.example.org"
    assert environment.secure_cookies is True
    assert environment.elasticsearch_url == (
        "https://search.example.org:9200,https://other.example.org:9200"
    )
    assert environment.elasticsearch == {"api_key": "quiet-key", "prefix": "concord"}
    assert "quiet-key" not in repr(environment)
    assert environment.oidc == OidcClient("https://login.example.org", "concord", "quiet")
    assert environment.email["EMAIL_PORT"] == 587
    assert environment.email["EMAIL_HOST_PASSWORD"] == "se@cret"
    assert environment.email["EMAIL_USE_TLS"] is True
    assert environment.email["EMAIL_USE_SSL"] is False
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("name", [*SERVER, "ELASTICSEARCH_URL"])
def test_one_server_variable_asks_for_all_required_ones(tmp_path: Path, name: str) -> None:
    given = {name: (SERVER | {"ELASTICSEARCH_URL": "http://search:9200"})[name]}
    message = refusal(tmp_path, given)
    for required in SERVER:
        assert (f"{required} is missing" in message) is (required != name)
    assert f"needed with {name}" in message
    assert server_variables(given) == [name]
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("mysql://u:hush-hush@host/name", "start with postgresql://"),
        ("postgresql://u:hush-hush@host/", "end with /name"),
        ("postgresql://u:hush-hush@host/a/b", "end with /name"),
        ("postgresql://u:hush-hush@/name", "name a host"),
        ("postgresql://:hush-hush@host/name", "name a user"),
        ("postgresql://u:hush-hush@host/name?sslmod=require", "not have the option sslmod"),
        ("postgresql://u:hush-hush@host:port/name", "cannot be read as an address"),
        ("postgresql://u:hush-hush@host:99999/name", "cannot be read as an address"),
        ("postgresql://u:hush-hush@[host/name", "cannot be read as an address"),
        ("not an address, hush-hush", "start with postgresql://"),
    ],
)
def test_bad_database_address_is_explained_without_its_password(
    tmp_path: Path, url: str, fault: str
) -> None:
    message = refusal(tmp_path, SERVER | {"DATABASE_URL": url})
    assert fault in message
    assert "hush" not in message


def test_socket_folder_as_database_host(tmp_path: Path) -> None:
    given = SERVER | {"DATABASE_URL": "postgres://concord@/catalog?host=/run/postgresql"}
    database = read_environment(tmp_path, given).database
    assert database["HOST"] == "/run/postgresql"
    assert database["OPTIONS"] == {}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY has 5 characters; give 32 or more"),
        ({"CELERY_BROKER_URL": "kafka://host"}, "CELERY_BROKER_URL starts with redis://"),
        ({"ALLOWED_HOSTS": "*"}, "BASE_URL is missing"),
        ({"BASE_URL": "data.example.org"}, "BASE_URL is an address such as https://host:port"),
        ({"PORT": "eighty"}, "PORT is a number from 1 to 65535, not 'eighty'"),
        ({"PORT": "65536"}, "PORT is a number from 1 to 65535"),
        ({"DATABASE_POOL": "many"}, "DATABASE_POOL is a number from 0 to 100, not 'many'"),
        ({"DATABASE_POOL": "101"}, "DATABASE_POOL is a number from 0 to 100, not '101'"),
        ({"CONCORD_DEBUG": "maybe"}, "CONCORD_DEBUG is 1 or 0, not 'maybe'"),
        ({"OIDC_ISSUER": "https://login.example.org"}, "OIDC_CLIENT_SECRET is missing"),
        ({"ELASTICSEARCH_URL": "search:9200"}, "ELASTICSEARCH_URL is an address"),
        ({"ELASTICSEARCH_URL": "http://me:secret@search"}, "ELASTICSEARCH_URL holds no user"),
        ({"ELASTICSEARCH_USERNAME": "me"}, "ELASTICSEARCH_PASSWORD go together"),
        ({"ELASTICSEARCH_CA_FILE": "/nowhere.crt"}, "there is none at /nowhere.crt"),
        ({"ELASTICSEARCH_INDEX_PREFIX": "A*"}, "ELASTICSEARCH_INDEX_PREFIX is small letters"),
        (
            {
                "ELASTICSEARCH_API_KEY": "k",
                "ELASTICSEARCH_USERNAME": "me",
                "ELASTICSEARCH_PASSWORD": "p",
            },
            "not both",
        ),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL is smtp://"),
    ],
)
def test_wrong_value_is_named_with_its_fix(
    tmp_path: Path, changes: dict[str, str], fault: str
) -> None:
    assert fault in refusal(tmp_path, SERVER | changes)


def test_all_faults_come_in_one_message(tmp_path: Path) -> None:
    message = refusal(tmp_path, {"DATABASE_URL": "mysql://h/", "PORT": "0", "EMAIL_URL": "x"})
    for name in ("PORT", "EMAIL_URL", *SERVER):
        assert name in message


def test_processes_that_stay_share_connections(tmp_path: Path) -> None:
    for given in ({}, SERVER):
        database = read_environment(tmp_path, given | {"DATABASE_POOL": "0"}).database
        assert "pool" not in database["OPTIONS"]
        database = read_environment(tmp_path, given | {"DATABASE_POOL": "3"}).database
        assert database["OPTIONS"]["pool"] == {"min_size": 1, "max_size": 3, "timeout": 10}


def test_plain_http_address_turns_secure_cookies_off(tmp_path: Path) -> None:
    environment = read_environment(tmp_path, SERVER | {"BASE_URL": "http://data.example.org/"})
    assert environment.base_url == "http://data.example.org"
    assert environment.secure_cookies is False


def test_printed_environment_holds_no_secret(tmp_path: Path) -> None:
    given = SERVER | {
        "OIDC_ISSUER": "https://login.example.org",
        "OIDC_CLIENT_ID": "concord",
        "OIDC_CLIENT_SECRET": "hush",
        "EMAIL_URL": "smtp://u:hush@mail",
    }
    printed = repr(read_environment(tmp_path, given))
    assert "hush" not in printed
    assert "p@ss" not in printed
    assert "kkkk" not in printed
