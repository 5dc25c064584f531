"""One stand-in for the whole run, and a tenant of its own for each test.

The controller starts `keyway serve --demo` and takes over the environment that `keyway exec --sealed` gives its
command; the workers inherit it. So every client here, and every program it starts, meets the stand-in at the true
names, and nothing else can be reached. KEYWAY_CONFORMANCE_DATABASE puts its state into PostgreSQL.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import subprocess
import urllib.parse
import uuid
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("support")

from support.control import Control  # noqa: E402
from support.server import Server  # noqa: E402
from support.tenant import Tenant  # noqa: E402

READY = "KEYWAY_CONFORMANCE_READY"
SERVER = pytest.StashKey[Server]()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    database = os.environ.get("KEYWAY_CONFORMANCE_DATABASE")
    # Nodes of one database share the key under which its secrets are sealed.
    os.environ["KEYWAY_SEAL_KEY"] = base64.b64encode(os.urandom(32)).decode()
    server = Server.start(os.environ["KEYWAY_BIN"], *(["--database", database] if database else []))
    config.stash[SERVER] = server
    os.environ.update(server.sealed_environment())
    os.environ[READY] = str(server.ready_file)


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(SERVER, None)
    if server is not None:
        server.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The rows a test proves go into the report."""
    for item in items:
        rows = [row for mark in item.iter_markers("rows") for row in mark.args]
        if rows:
            item.user_properties.append(("rows", ",".join(rows)))


@pytest.fixture(scope="session")
def ready() -> dict:
    """The ready file."""
    return json.loads(pathlib.Path(os.environ[READY]).read_text())


@pytest.fixture(scope="session")
def control(ready: dict) -> Control:
    """The control API."""
    return Control(ready["control"], ready["ca"])


@pytest.fixture
def new_tenant(control: Control):
    """Makes copies of a template; they are deleted after the test."""
    made = []

    def make(template: str = "contoso") -> Tenant:
        made.append(Tenant(control, control.call("POST", "/tenants", {"template": template})))
        return made[-1]

    yield make
    for tenant in made:
        control.call("DELETE", f"/tenants/{tenant.id}")


@pytest.fixture
def tenant(new_tenant) -> Tenant:
    """A copy of Contoso, for this test alone."""
    return new_tenant()


@pytest.fixture
def personal(control: Control, ready: dict) -> Tenant:
    """The tenant of personal accounts, which there is only once."""
    sheet = next(sheet for sheet in ready["tenants"] if sheet["id"] == "9188040d-6c67-4c5b-b112-36a304b66dad")
    return Tenant(control, sheet)


@pytest.fixture
def database() -> Iterator[str]:
    """A PostgreSQL database for this test alone."""
    server, name = os.environ["KEYWAY_TEST_POSTGRES"], f"test_{uuid.uuid4().hex}"
    subprocess.run(["psql", "--quiet", server, "--command", f"CREATE DATABASE {name}"], check=True)
    yield urllib.parse.urlsplit(server)._replace(path=f"/{name}").geturl()
    subprocess.run(["psql", "--quiet", server, "--command", f"DROP DATABASE {name} WITH (FORCE)"], check=True)
