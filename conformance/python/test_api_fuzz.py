"""The control API under a fuzzer that reads its description: whatever is sent, the answer is one that is described,
and never a fault of the server. It meets a stand-in of its own, because it deletes, resets and rolls keys."""

from __future__ import annotations

import collections
import json
import os
import urllib.parse

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from support.browser import Browser
from support.certificates import ClientCertificate
from support.control import Control
from support.server import Server
from support.tenant import PASSWORD, Tenant

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

#: Requests for each operation. What an operation refuses shows in the first few dozens.
EXAMPLES = 40


@pytest.fixture(scope="module")
def alone():
    server = Server.start(os.environ["KEYWAY_BIN"])
    yield json.loads(server.ready_file.read_text())
    server.stop()


#: The operations are dealt to so many tests, which run side by side.
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_is_a_fault_of_the_server(alone, part):
    description = schemathesis.openapi.from_url(f"{alone['control']}/openapi.json", verify=alone["ca"])
    operations = [found.ok() for found in description.get_all_operations()]
    control = Control(alone["control"], alone["ca"])
    served = collections.Counter()
    for operation in operations[part::PARTS]:
        here = Tenant(control, control.call("POST", "/tenants", {"template": "contoso"}))
        made = things(here, alone)
        example = next((body.definition.get("example") for body in operation.body), None)

        @given(case=operation.as_strategy(), pick=strategies.integers(0, 99), known=strategies.booleans())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def send(case, pick, known):
            if known:
                case.path_parameters = {name: there(here, made, name, made_up, pick) for name, made_up in (case.path_parameters or {}).items()}
                case.body = nearly(example, case.body, pick)
            answer = case.call(verify=alone["ca"])
            case.validate_response(answer, checks=CHECKS)
            served[operation.label] += answer.status_code < 300

        send()
    # A fuzzer whose requests are all refused at the door would find nothing.
    assert sum(count > 0 for count in served.values()) > len(served) / 2, served


#: Whose name stands for an account, and who is signed in at a site.
PEOPLE = ["anna", "ida", "admin"]


def session(tenant, user, server):
    """The id of a session at a site: of a person who signed in there with a browser."""
    browser = Browser()
    browser.http.trust_env = False
    browser.http.verify, browser.http.proxies = server["ca"], {"https": server["proxy"]}
    asked = browser.open("https://portal.office.com/")
    back = browser.sign_in(f"{asked.url}?{urllib.parse.urlencode(asked.params)}", tenant.upn(user), PASSWORD)
    browser.open(back.url, back.params)
    found = tenant.change("GET", f"/accounts/{urllib.parse.quote(tenant.upn(user), safe='')}/sessions")["sessions"]
    return found[0]["id"]


def things(tenant, server):
    """What has an id only once it was made, by its name in a path; each is made as a test would make it."""
    control, home = tenant.control, f"/tenants/{tenant.id}"
    app = f"{home}/apps/Contoso%20Connector"
    organization = f"{home}/organizations/{tenant.organization['unique_name']}"
    incident = {"service": "Dynamics 365", "title": "Some cannot sign in", "state": "service-degradation", "message": "We look."}
    control.call("POST", f"{home}/resets", {"user": tenant.upn("admin")})
    control.call("PUT", f"{home}/snapshots/fuzz")
    control.call("POST", f"{home}/amendments", {"amendment": "account-blocked", "user": tenant.upn("fay")})
    control.call("POST", f"{app}/certificates", {"name": "fuzz", "certificate": ClientCertificate.fresh().pem})
    roles = control.call("GET", f"{organization}/roles")["roles"]
    return {
        "mail": [mail["id"] for mail in control.call("GET", f"{home}/mails")["mails"]],
        "incident": [control.call("POST", f"{home}/incidents", incident)["id"]],
        "consent": [consent["id"] for consent in control.call("GET", f"{home}/consents")["consents"]],
        "secret": [control.call("POST", f"{app}/secrets", {"name": "fuzz"})["id"]],
        "certificate": [known["id"] for known in control.call("GET", app)["certificates"]],
        "unit": [unit["id"] for unit in control.call("GET", f"{organization}/units")["units"]],
        "privilege": sorted({privilege for role in roles for privilege in role["privileges"]})[:5],
        "amendment": ["account-blocked"],
        "session": [session(tenant, user, server) for user in PEOPLE],
        "port": [str(control.call("POST", "/links", {"to": "https"})["port"])],
    }


def there(tenant, made, name, made_up, pick):
    """Something that exists, for what stands for `name` in a path."""
    known = {
        "tenant": [tenant.id, tenant.domain],
        "account": [tenant.upn(user) for user in PEOPLE],
        "app": ["Contoso Connector", "Contoso Desktop"],
        "organization": [tenant.organization["unique_name"]],
        "user": [tenant.upn("anna"), "Contoso Connector"],
        "role": ["Basic User", "System Administrator"],
        "license": ["DYN365", "AAD_PREMIUM"],
        "group": ["Sales"],
        "domain": [tenant.domain],
        "name": ["initial", "fuzz"],
        **made,
    }.get(name)
    return known[pick % len(known)] if known else made_up


def nearly(example, made_up, pick):
    """The example of the description with one field made up, or as it stands."""
    if not isinstance(example, dict) or not isinstance(made_up, dict):
        return made_up
    fields = sorted(made_up)
    return {**example, fields[pick % len(fields)]: made_up[fields[pick % len(fields)]]} if fields and pick % 2 else dict(example)
