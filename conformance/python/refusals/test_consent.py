"""Consent, resources and scopes."""

import pytest

from support.browser import Browser
from support.refusals import refuses
from support.tenant import CONNECTOR, DATAVERSE, DESKTOP, GRAPH

UNCONSENTED, UNLISTED, MIDDLE = "Contoso without consent", "Contoso without permissions", "Contoso Middle Tier"


@refuses(65001)
def test_nobody_has_consented(tenant):
    return tenant.password_token(app=UNCONSENTED)


@refuses(65001, place="redirect")
def test_nobody_has_consented_and_nobody_may_be_asked(tenant):
    browser = Browser()
    tenant.authorize(browser=browser)
    return browser.open(tenant.authorize_url(UNCONSENTED, prompt="none"))


@refuses(65004, place="redirect")
def test_a_person_declines(tenant):
    return tenant.authorize("anna", UNCONSENTED, consent="decline")


@refuses(90094, place="redirect")
def test_users_may_not_consent(tenant):
    tenant.settings(user_consent="admin-only")
    return tenant.authorize("anna", UNCONSENTED)


def test_after_admin_consent_users_are_not_asked(tenant):
    tenant.settings(user_consent="admin-only")
    assert "code" in tenant.authorize("admin", UNCONSENTED, prompt="admin_consent").params
    assert "code" in tenant.authorize("anna", UNCONSENTED, consent="none").params


@refuses(90095, place="redirect")
def test_users_may_ask_for_consent(tenant):
    tenant.settings(user_consent="admin-workflow")
    return tenant.authorize("anna", UNCONSENTED)


# --- resources --------------------------------------------------------------------------------------------------


@refuses(650052)
def test_a_tenant_without_dynamics(tenant):
    tenant.subscribe("none")
    return tenant.app_token()


@refuses(50001)
def test_dynamics_is_disabled_in_the_tenant(tenant):
    tenant.subscribe("disabled")
    return tenant.app_token()


@refuses(500011)
def test_an_organization_that_does_not_exist(tenant):
    return tenant.app_token(scope="https://nowhere.crm4.dynamics.com/.default")


@pytest.mark.rows("003-23")
@refuses(500011)
def test_an_organization_under_the_wrong_region(tenant):
    return tenant.app_token(scope=tenant.scope.replace("crm4", "crm5"))


@refuses(500011)
def test_an_organization_of_another_tenant(tenant):
    return tenant.app_token(scope="https://fabrikam.crm.dynamics.com/.default")


@refuses(650056)
def test_an_application_that_lists_no_permission(tenant):
    return tenant.password_token(app=UNLISTED)


@refuses(650057)
def test_an_application_that_lists_another_permission(tenant):
    tenant.app(UNLISTED, requires=[{"resource": GRAPH, "scopes": ["User.Read"]}])
    return tenant.password_token(app=UNLISTED, v1=True)


@refuses(90008)
def test_an_application_asks_for_itself_without_graph(tenant):
    return tenant.app_token(MIDDLE, scope=f"{tenant.client_id(MIDDLE)}/.default")


@refuses(90009)
def test_an_application_asks_for_itself_by_its_uri(tenant):
    return tenant.app_token(MIDDLE, scope=f"api://{tenant.client_id(MIDDLE)}/.default")


# --- scopes -----------------------------------------------------------------------------------------------------


@refuses(650053)
def test_a_scope_that_does_not_exist(tenant):
    return tenant.password_token(scope=f"{tenant.resource}/everything")


@refuses(901002)
def test_a_resource_at_the_v2_endpoint(tenant):
    return tenant.app_token(resource=tenant.resource)


@refuses(901002, place="redirect")
def test_a_resource_at_the_v2_endpoint_in_a_browser(tenant):
    return tenant.authorize(resource=tenant.resource)


@refuses(28002)
def test_a_scope_no_code_can_have(tenant):
    return tenant.redeem(tenant.code(), scope='with "quotes"')


@refuses(28003)
def test_an_empty_scope_with_a_code(tenant):
    return tenant.redeem(tenant.code(), scope="")


@refuses(70011)
def test_a_named_scope_for_an_application(tenant):
    return tenant.app_token(scope=f"{tenant.resource}/user_impersonation")


@refuses(70011)
def test_default_mixed_with_a_named_scope(tenant):
    return tenant.password_token(scope=f"{tenant.scope} {tenant.resource}/user_impersonation")


@refuses(700022)
def test_two_resources_at_the_token_endpoint(tenant):
    return tenant.password_token(scope=f"{tenant.scope} https://graph.microsoft.com/.default")


@pytest.mark.parametrize("resource", ["", "/"])
def test_the_slash_at_the_end_is_part_of_the_audience(tenant, resource):
    token = tenant.app_token(CONNECTOR, scope=f"{tenant.resource}{resource}/.default").tokens()["access_token"]
    assert tenant.claims(token)["aud"] == tenant.resource + resource
    assert tenant.get(token).status_code == 200


def test_dataverse_by_its_application_id(tenant):
    token = tenant.app_token(scope=f"{DATAVERSE}/.default").tokens()["access_token"]
    assert tenant.claims(token)["aud"] == DATAVERSE


def test_desktop_is_asked_for_nothing_it_has(tenant):
    assert "code" in tenant.authorize("ben", DESKTOP, consent="none").params
