"""One stand-in for the whole run, and a tenant of its own for each test.

`run.py` starts it and runs all of this under `keyway exec --sealed`, workers too. So every client here, and every
program it starts, meets the stand-in at the true names, and nothing else can be reached.
"""

from __future__ import annotations

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
from support.tenant import Tenant  # noqa: E402

READY = "KEYWAY_CONFORMANCE_READY"


def pytest_configure() -> None:
    if READY not in os.environ:
        raise pytest.UsageError("start these tests with run.py: they run under `keyway exec --sealed`")


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
