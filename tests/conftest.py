"""What every test stands on: its own database server, no network, the shared fixtures."""

import atexit
import gc
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker
from xdist.scheduler import LoadFileScheduling

from tests.database import drop_test_database, make_test_database
from tests.embedded import ROOT, stop_test_server
from tests.servers.elasticsearch import elasticsearch_8, elasticsearch_9
from tests.servers.mariadb import mariadb_url
from tests.servers.postgres import counting_postgres_url, postgres_url
from tests.servers.redis import redis_url
from tests.servers.trino import trino

__all__ = [
    "counting_postgres_url",
    "elasticsearch_8",
    "elasticsearch_9",
    "mariadb_url",
    "postgres_url",
    "redis_url",
    "trino",
]

# What is imported and collected stays to the end, so the collector need not walk through it.
gc.disable()

_LOOPBACK = ("127.", "::1", "localhost")
# Larkfield is loaded once for all of these; the last of them leaves the story in it.
_LARKFIELD = (
    "tests/demo/larkfield/test_story_again.py",
    "tests/demo/larkfield/test_access.py",
    "tests/demo/larkfield/test_brakes.py",
    "tests/demo/larkfield/test_company.py",
    "tests/demo/larkfield/test_story.py",
)
# Begun first, the longest before all, so that no worker is left alone with one of them at the end.
_LONGEST = (
    *_LARKFIELD,
    "tests/catalog/search/test_interference.py",
    "tests/parity/test_council.py",
    "tests/config/test_supervisor.py",
    "tests/catalog/web/test_every_page_in_a_browser.py",
    "tests/governance/web/test_stories_in_a_browser.py",
    "tests/catalog/api/test_fuzz.py",
    "tests/parity/test_every_action.py",
    "tests/clients/test_client.py",
    "tests/config/test_postgres.py",
    "tests/catalog/web/test_rooms_in_a_browser.py",
    "tests/governance/permissions/test_hidden_everywhere.py",
    "tests/demo/test_flights.py",
    "tests/governance/permissions/test_engine_laws.py",
    "tests/governance/proposals/test_adoption.py",
    "tests/governance/proposals/test_machine.py",
    "tests/lineage/sql/test_execution.py",
)
_PLACES = {file: place for place, file in enumerate(_LONGEST)}

_ANY = "any other server"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    servers = {item: _server(item) for item in items if item.get_closest_marker("servers")}
    for item, server in servers.items():
        item.add_marker(pytest.mark.xdist_group(server))
    items.sort(
        key=lambda item: (
            servers.get(item, _ANY) != _ANY,
            _PLACES.get(item.nodeid.partition("::")[0], len(_PLACES)),
        )
    )


def _server(item: pytest.Item) -> str:
    """Whose tests run one after another, so that it is started once: with `--dist loadgroup` a
    search server and all the others go on side by side, the others first, for they wait most."""
    if "elasticsearch_9" in item.name:
        return "Elasticsearch 9"
    is_search = "elasticsearch" in item.name or item.path.name.startswith("test_elasticsearch")
    return "Elasticsearch 8" if is_search else _ANY


class _ByWhatIsLoaded(LoadFileScheduling):
    """One worker runs a file, and all files that share what takes long to load."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return _LARKFIELD[0] if file in _LARKFIELD else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return _ByWhatIsLoaded(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    gc.freeze()
    # Looking for circles after every 700 objects would take a twentieth of the time of all tests.
    gc.set_threshold(100_000, 20, 20)
    gc.enable()
    atexit.register(gc.unfreeze)  # or DuckDB complains at the end of what was never let go


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        stop_test_server()


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    return str(address[0]).startswith(_LOOPBACK) or address[0] in ("", "0.0.0.0", "::")


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if not _is_local(address):
            raise PermissionError(f"Tests stay on this machine: no connection to {address!r}.")
        return original(self, address)

    return connect


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Let Python code reach the loopback interface and Unix sockets only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Replaces pytest-django's: the same database, copied instead of migrated where possible."""
    verbosity = request.config.option.verbose
    from governance.audit.services.recording import close as close_audit

    with django_db_blocker.unblock():
        make_test_database(verbosity)
    yield
    with django_db_blocker.unblock():
        close_audit()  # nobody may hold a connection to what is dropped
        drop_test_database()


@pytest.fixture(autouse=True)
def _no_opt_outs() -> Iterator[None]:
    """Every test begins without opt-outs; one that adopts some has them read (`refresh`)."""
    from governance.permissions.engine import World, compile_index
    from governance.permissions.holder import floors, opt_outs

    opt_outs.install(compile_index(World(version=0, floors=floors())))
    yield
    opt_outs.install(None)


@pytest.fixture(scope="session")
def fixtures_folder() -> Path:
    """The shared fixtures: real specifications, logs and schemas of other tools, read only.

    `CONCORD_FIXTURES` names the folder; without it, it lies beside the checkout. A missing folder
    skips locally and fails in CI.
    """
    folder = Path(os.environ.get("CONCORD_FIXTURES") or ROOT.parent / "shared" / "fixtures")
    if not folder.is_dir():
        message = f"The fixtures folder {folder} is missing; name it in CONCORD_FIXTURES."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder
