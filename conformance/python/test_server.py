"""The server as a process: killed, started again, started twice, started wrongly."""

import contextlib
import os

import pytest

from support.dressed import Dressed
from support.server import DidNotStart, Server
from support.tenant import DESKTOP, LOGIN, PASSWORD, Tenant


@contextlib.contextmanager
def serving(*arguments):
    server = Server.start(os.environ["KEYWAY_BIN"], *arguments)
    try:
        yield server
    finally:
        server.stop()


def contoso(server):
    return Tenant(server.control(), next(sheet for sheet in server.ready()["tenants"] if sheet["name"] == "Contoso"))


def token(server, tenant, **form):
    answer = Dressed(server.ready()).request("POST", f"{LOGIN}/{tenant.id}/oauth2/v2.0/token", form=form)
    return answer.status, answer.json()


def who_am_i(server, tenant, access_token):
    url = f"{tenant.resource}/api/data/v9.2/WhoAmI"
    return Dressed(server.ready()).request("GET", url, token=access_token).status


def test_what_was_acknowledged_is_there_after_kill_9(tmp_path):
    data = ["--data", str(tmp_path / "data")]
    first = Server.start(os.environ["KEYWAY_BIN"], *data)
    tenant = contoso(first)
    tenant.account("ben", enabled=False)
    secret = tenant.change("POST", f"/apps/{tenant.client_id('Contoso Connector')}/secrets", {"name": "new"})["value"]
    form = {**tenant.password_form("anna"), "scope": f"{tenant.scope} offline_access"}
    status, tokens = token(first, tenant, **form)
    assert status == 200
    first.kill()
    with serving(*data) as second:
        tenant = contoso(second)
        assert who_am_i(second, tenant, tokens["access_token"]) == 200, "the keys are the same"
        renewed = {"grant_type": "refresh_token", "client_id": tenant.client_id(DESKTOP), "refresh_token": tokens["refresh_token"]}
        assert token(second, tenant, **renewed)[0] == 200
        assert token(second, tenant, **{**tenant.app_form(), "client_secret": secret})[0] == 200
        status, body = token(second, tenant, **tenant.password_form("ben"))
        assert (status, body["error_codes"]) == (400, [50057])
    first.stop()


def test_two_nodes_on_one_database(database):
    with serving("--database", database) as one, serving("--database", database) as two:
        tenant = contoso(one)
        status, tokens = token(one, tenant, **tenant.password_form("anna"))
        assert status == 200
        assert who_am_i(two, tenant, tokens["access_token"]) == 200, "signed by one, opened by the other"
        contoso(two).account("anna", enabled=False)
        status, body = token(one, tenant, **tenant.password_form("anna"))
        assert (status, body["error_codes"]) == (400, [50057]), "what one changes, the other knows"
        two.kill()
        assert token(one, tenant, **tenant.app_form())[0] == 200


@pytest.mark.parametrize(("arguments", "named"), [
    (["--world", "/nowhere/world.toml"], "/nowhere/world.toml"),
    (["--data", "/proc/keyway"], "/proc/keyway"),
    (["--database", "postgres://nobody@127.0.0.1:1/nothing"], "127.0.0.1"),
    (["--listen", "0.0.0.0:0"], "--allow-public"),
])
def test_a_start_that_cannot_be_names_the_thing_and_the_next_step(arguments, named):
    with pytest.raises(DidNotStart) as caught:
        Server.start(os.environ["KEYWAY_BIN"], *arguments)
    said = str(caught.value)
    assert named in said and "panicked" not in said, said


def test_a_port_that_is_taken(ready):
    with pytest.raises(DidNotStart) as caught:
        Server.start(os.environ["KEYWAY_BIN"], "--listen", ready["listen"])
    assert ready["listen"] in str(caught.value)


def test_a_world_with_an_unknown_key(tmp_path):
    world = tmp_path / "world.toml"
    world.write_text('name = "mine"\nextends = "demo"\n[[tenant]]\nname = "New"\ncolour = "blue"\n')
    with pytest.raises(DidNotStart) as caught:
        Server.start(os.environ["KEYWAY_BIN"], "--world", str(world))
    assert "line 5" in str(caught.value) and "colour" in str(caught.value)


def test_no_secret_is_in_the_log(tmp_path):
    with serving("--data", str(tmp_path / "data")) as server:
        tenant = contoso(server)
        token(server, tenant, **tenant.password_form("anna"))
        token(server, tenant, **tenant.app_form())
        log = (server.directory / "log").read_text()
        shown_on_purpose = log.count(PASSWORD)
        journal = str(tenant.journal())
    assert shown_on_purpose <= 1, "the banner shows the demo's password once"
    assert PASSWORD not in journal and tenant.secret("Contoso Connector") not in journal
