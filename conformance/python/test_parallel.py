"""Two hundred tenants at once against one process: what one test turns, no other test feels."""

import collections
import concurrent.futures

import requests

from support.dressed import Dressed
from support.refusals import met
from support.tenant import CONNECTOR, LOGIN, Tenant

TENANTS, AT_ONCE = 200, 50
DISCOVERY = "https://globaldisco.crm.dynamics.com"


def every_turn_of_one_tenant(number, control, dressed):
    """A whole life: made, signed in to, broken, mended, deleted. Each kind of turn goes to some of the tenants."""
    tenant = Tenant(control, control.call("POST", "/tenants", {"template": "contoso"}))
    turn = number % 4
    if turn == 0:
        tenant.account("anna", enabled=False)
        met(tenant.password_token(), 50057)
        tenant.change("POST", "/reset")
    elif turn == 1:
        tenant.change("PUT", "/snapshots/before")
        tenant.settings(throttled=5)
        met(tenant.app_token(), 90055)
        tenant.change("POST", "/snapshots/before/restore")
    elif turn == 2:
        token = tenant.app_access()
        tenant.advance(hours=8)
        assert tenant.get(token).status_code == 401
    else:
        met(tenant.app_token(client_secret="wrong"), 7000215)
    tokens = tenant.password_token().tokens()
    assert tenant.get(tokens["access_token"]).status_code == 200
    in_both_forms(tenant, dressed)
    journal = tenant.journal()
    assert {line["tenant"] for line in journal} == {tenant.id}
    control.call("DELETE", f"/tenants/{tenant.id}")
    return turn


def in_both_forms(tenant, dressed):
    """A token obtained by one form of the name is good at the other, and each answer wears the asker's form."""
    where = f"{LOGIN}/{tenant.id}/oauth2/v2.0/token"
    dressed_token = dressed.json("POST", where, form=tenant.app_form())["access_token"]
    true_token = tenant.app_access()
    whoami = f"{tenant.resource}/api/data/v9.2/WhoAmI"
    for token in (dressed_token, true_token):
        true = requests.get(whoami, headers={"Authorization": f"Bearer {token}"}, timeout=60).json()
        other = dressed.json("GET", whoami, token=token)
        assert true["UserId"] == other["UserId"] and true["OrganizationId"] == tenant.organization["id"]
        assert true["@odata.context"].startswith(tenant.resource)
        assert other["@odata.context"].startswith(dressed.dress(tenant.resource))


def test_two_hundred_tenants_at_once(control, ready):
    dressed = Dressed(ready)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        lives = [pool.submit(every_turn_of_one_tenant, number, control, dressed) for number in range(TENANTS)]
        turns = collections.Counter(life.result() for life in lives)
    assert turns == {turn: TENANTS // 4 for turn in range(4)}


def test_discovery_documents_wear_the_form_they_were_asked_in(tenant, ready):
    dressed = Dressed(ready)
    address = f"{tenant.authority}/v2.0/.well-known/openid-configuration"
    true, other = requests.get(address, timeout=30).json(), dressed.json("GET", address)
    assert true.keys() == other.keys()
    for name in ("issuer", "token_endpoint", "jwks_uri", "authorization_endpoint"):
        assert other[name] == dressed.dress(true[name])


def test_global_discovery_wears_the_form_it_was_asked_in(tenant, ready):
    dressed = Dressed(ready)
    token = tenant.password_token(scope=f"{DISCOVERY}/.default").tokens()["access_token"]
    address = f"{DISCOVERY}/api/discovery/v2.0/Instances"
    true = requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=30).json()["value"]
    other = dressed.json("GET", address, token=token)["value"]
    urls = lambda instances: sorted(instance["ApiUrl"] for instance in instances)  # noqa: E731
    assert [dressed.dress(url) for url in urls(true)] == urls(other)


def test_the_challenge_wears_the_form_it_was_asked_in(tenant, ready):
    answer = Dressed(ready).request("GET", f"{tenant.resource}/api/data/v9.2/WhoAmI")
    assert answer.status == 401
    assert f"login.microsoftonline.com.localhost:{Dressed(ready).port}/{tenant.id}" in answer.headers["www-authenticate"]


def test_a_secret_is_the_same_in_every_copy(new_tenant):
    """Copies share the template's secrets; their ids, names and addresses are their own."""
    one, two = new_tenant(), new_tenant()
    assert one.secret(CONNECTOR) == two.secret(CONNECTOR)
    assert one.client_id(CONNECTOR) != two.client_id(CONNECTOR) and one.resource != two.resource
