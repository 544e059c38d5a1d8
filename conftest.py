"""What every Python test stands on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# A busy machine is no fault of the code: how long an example takes is for the benchmarks to say.
hypothesis_settings.register_profile("resaka", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("resaka")

_redis: list[tuple[Any, Path]] = []


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under `bin/with-servers` every worker gets a Redis of its own: its channels know no database number, and a test clears it."""
    if "RESAKA_TEST_MARIADB_TEMPLATE" not in os.environ:
        return
    from superapp.tests.servers import Redis

    folder = Path(tempfile.mkdtemp(prefix="resaka-redis-"))
    redis = Redis(folder).start()
    _redis.append((redis, folder))
    channel = node.gateway.remote_exec("import os\nos.environ['RESAKA_REDIS_URL'] = channel.receive()")
    channel.send(redis.url)
    channel.waitclose()


def pytest_unconfigure() -> None:
    while _redis:
        redis, folder = _redis.pop()
        redis.stop()
        shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test with a database has both: the sealed rows and their keys."""
    for item in items:
        for mark in item.iter_markers("django_db"):
            cast("dict[str, Any]", mark.kwargs).setdefault("databases", ["default", "keys"])


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    """Files and letters of a test go to its own folder; passwords are hashed quickly, since what they guard lives for a second."""
    from superapp.files import exports

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MAIL_DIR = tmp_path / "mail"
    settings.TOMBSTONES = tmp_path / "tombstones"
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "media")}},
        "exports": exports(tmp_path / "exports"),
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(scope="session", autouse=True)
def _static_files_looked_up_once() -> Iterator[None]:
    """Each client of a test has middleware of its own, whose WhiteNoise would look at all static files anew: a third of a page's time."""
    from whitenoise.base import WhiteNoise

    look = WhiteNoise.update_files_dictionary
    known: dict[tuple[str, str], dict[str, Any]] = {}

    def look_once(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in known:
            before, self.files = self.files, {}
            look(self, root, prefix)
            known[root, prefix], self.files = self.files, before
        self.files.update(known[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", look_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient_cache() -> None:
    """A busy machine is no reason to count in memory; tests of an absent Redis set their own patience."""
    from core import cache

    cache.PATIENCE = 2.0


@pytest.fixture(autouse=True)
def _no_threads_left() -> Iterator[None]:
    """The threads of a test's sockets would keep their connections for the next test, which may be one that wants none."""
    yield
    from realtime.threads import close_pool

    close_pool()


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    """No test sees another's counters or keys."""
    from django.core.cache import cache

    from accounts.queries.legal import forget_required_agreements
    from billing.ledger.accounts import forget_accounts
    from chat.access import forget_rooms
    from chat.services.messages import forget_pace
    from core import sealing
    from moderation.services.screening import screener

    cache.clear()
    forget_required_agreements()
    forget_accounts()
    sealing.forget_keys()
    forget_pace()
    forget_rooms()
    screener.forget()
