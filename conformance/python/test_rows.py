"""Requirements that belong to no one client: regions, direct addresses, and the integration platform of seed 004."""

import urllib.parse

import pytest
import requests

from support.browser import Landing
from support.control import ControlError
from support.refusals import met
from support.tenant import CONNECTOR, LOGIN

REGIONS = {
    "NA": "crm", "LATAM": "crm2", "CAN": "crm3", "EMEA": "crm4", "APAC": "crm5", "OCE": "crm6", "JPN": "crm7",
    "IND": "crm8", "GCC": "crm9",
}
PORTAL = "Contoso Portal"


@pytest.mark.rows("003-20", "003-22")
@pytest.mark.parametrize("label", REGIONS.values())
def test_an_organization_in_every_region_is_reached_by_its_own_address(tenant, label):
    name = tenant.organization["unique_name"]
    made = tenant.change("POST", "/organizations", {"name": "New", "host": f"{name}-{label}.{label}.dynamics.com"})
    tenant.change("POST", f"/organizations/{made['id']}/users", {"app": CONNECTOR, "roles": ["Basic User"]})
    tenant.organizations["New"] = made
    answer = tenant.get(tenant.app_access(CONNECTOR, "New"), organization="New")
    assert answer.json()["OrganizationId"] == made["id"]
    assert REGIONS[made["region"]] == label


@pytest.mark.rows("003-23")
def test_the_wrong_region_is_refused_and_the_right_one_can_be_looked_up(tenant):
    met(tenant.app_token(scope=tenant.scope.replace("crm4", "crm5")), 500011)
    token = tenant.password_token(scope="https://globaldisco.crm.dynamics.com/.default").tokens()["access_token"]
    name = tenant.organization["unique_name"]
    query = {"$filter": f"UniqueName eq '{name}'", "$select": "Url,Region"}
    address = "https://globaldisco.crm.dynamics.com/api/discovery/v2.0/Instances"
    found = requests.get(address, params=query, headers={"Authorization": f"Bearer {token}"}, timeout=30).json()["value"]
    assert [(one["Url"].rstrip("/"), one["Region"]) for one in found] == [(tenant.resource, "EMEA")]


# --- the platform's credential ----------------------------------------------------------------------------------


@pytest.mark.rows("004-13", "004-14", "004-15", "004-20")
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_platforms_two_endpoints_at_the_old_host(tenant, slash):
    """The v1 endpoints at login.windows.net and `common`, with the encoded resource, as the component has them."""
    resource = tenant.resource + slash
    encoded = urllib.parse.quote(resource, safe="")
    assert encoded.startswith("https%3A%2F%2F") and urllib.parse.unquote(encoded) == resource
    redirect = tenant.redirect(PORTAL)
    address = (
        f"https://login.windows.net/common/oauth2/authorize?resource={encoded}&client_id={tenant.client_id(PORTAL)}"
        f"&response_type=code&state=s&redirect_uri={urllib.parse.quote(redirect, safe='')}"
    )
    landing = tenant.open_and_sign_in(address, "anna")
    assert isinstance(landing, Landing), landing.error
    form = {
        "grant_type": "authorization_code", "code": landing.params["code"], "redirect_uri": redirect,
        "client_id": tenant.client_id(PORTAL), "client_secret": tenant.secret(PORTAL), "resource": resource,
    }
    tokens = tenant.post("oauth2/token", at="common", host="https://login.windows.net", **form).tokens()
    assert tokens["resource"] == resource and tenant.claims(tokens["access_token"])["aud"] == resource
    assert tenant.get(tokens["access_token"]).status_code == 200


@pytest.mark.rows("004-19")
def test_a_single_tenant_application_at_common_and_its_cure(tenant):
    met(tenant.authorize("anna", CONNECTOR, v1=True, at="common", redirect_uri=tenant.redirect(CONNECTOR)), 50194)
    cured = tenant.authorize("anna", CONNECTOR, v1=True, redirect_uri=tenant.redirect(CONNECTOR))
    assert "code" in cured.params


@pytest.mark.rows("004-09")
def test_a_secret_lives_twenty_four_months_at_most(tenant):
    secrets = f"/apps/{tenant.client_id(CONNECTOR)}/secrets"
    tenant.change("POST", secrets, {"name": "long", "ends": "+24 months"})
    with pytest.raises(ControlError, match="24 months at most"):
        tenant.change("POST", secrets, {"name": "longer", "ends": "+25 months"})


@pytest.mark.rows("004-10")
def test_a_secrets_value_is_shown_once(tenant):
    app = f"/apps/{tenant.client_id(CONNECTOR)}"
    made = tenant.change("POST", f"{app}/secrets", {"name": "new", "ends": "+1 month"})
    tenant.app_token(client_secret=made["value"]).tokens()
    assert made["value"] not in str(tenant.change("GET", app))
    met(tenant.app_token(client_secret=made["id"]), 7000215)


def test_the_note_about_the_old_host_is_an_alias_in_instance_discovery():
    query = {"api-version": "1.1", "authorization_endpoint": "https://login.windows.net/common/oauth2/authorize"}
    known = requests.get(f"{LOGIN}/common/discovery/instance", params=query, timeout=30).json()["metadata"][0]
    assert {"login.microsoftonline.com", "login.windows.net"} <= set(known["aliases"])
    assert known["preferred_network"] == "login.microsoftonline.com"
