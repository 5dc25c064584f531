"""curl, the client that every guide begins with."""

import json
import subprocess

import pytest

from support.tenant import CONNECTOR, PASSWORD

#: The client id of no application.
NOBODY = "5f1a0b6e-4c8d-4b52-9a37-0d9e6c2b7f14"


def curl(*arguments):
    """Status and body."""
    command = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    body, status = done.stdout.rsplit("\n", 1)
    return int(status), body


def token(tenant, **form):
    """The token endpoint's status and answer to a form."""
    data = [part for name, value in form.items() for part in ("--data-urlencode", f"{name}={value}")]
    status, body = curl(*data, f"{tenant.authority}/oauth2/v2.0/token")
    return status, json.loads(body)


def test_token_and_whoami(tenant):
    status, tokens = token(tenant, **tenant.app_form())
    assert status == 200
    header = f"Authorization: Bearer {tokens['access_token']}"
    status, body = curl("--header", header, f"{tenant.resource}/api/data/v9.2/WhoAmI")
    assert status == 200 and json.loads(body)["OrganizationId"] == tenant.organization["id"]


def test_basic_authentication(tenant):
    user = f"{tenant.client_id(CONNECTOR)}:{tenant.secret(CONNECTOR)}"
    data = f"grant_type=client_credentials&scope={tenant.scope}"
    status, body = curl("--user", user, "--data", data, f"{tenant.authority}/oauth2/v2.0/token")
    assert status == 200, body


def test_global_discovery(tenant):
    form = {**tenant.password_form("anna"), "scope": "https://globaldisco.crm.dynamics.com/.default"}
    status, tokens = token(tenant, **form)
    assert status == 200, tokens
    header = f"Authorization: Bearer {tokens['access_token']}"
    status, body = curl("--header", header, "https://globaldisco.crm.dynamics.com/api/discovery/v2.0/Instances")
    found = {instance["UniqueName"] for instance in json.loads(body)["value"]}
    assert status == 200 and tenant.organization["unique_name"] in found


@pytest.mark.parametrize(("form", "status", "error", "code"), [
    ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
    ({"client_id": NOBODY}, 400, "unauthorized_client", 700016),
    ({"grant_type": "password", "username": "nobody", "password": PASSWORD}, 400, "invalid_request", 50029),
    ({"grant_type": "magic"}, 400, "unsupported_grant_type", 70003),
    ({"scope": "https://nowhere.crm4.dynamics.com/.default"}, 400, "invalid_resource", 500011),
    ({"scope": "user_impersonation"}, 400, "invalid_scope", 70011),
])
def test_refusals(tenant, form, status, error, code):
    got, body = token(tenant, **{**tenant.app_form(), **form})
    assert (got, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")


def test_without_a_token_the_challenge_says_where_to_get_one(tenant):
    status, head = curl("--include", f"{tenant.resource}/api/data/v9.2/WhoAmI")
    assert status == 401
    assert f"authorization_uri=https://login.microsoftonline.com/{tenant.id}/oauth2/authorize" in head


def test_a_host_that_is_not_the_stand_ins_is_refused_by_the_proxy(tenant):
    done = subprocess.run(["curl", "--silent", "--show-error", "https://example.com/"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 56 or done.returncode == 7, done
    assert "403" in done.stderr
