"""Tenants, clouds, and which accounts a tenant takes."""

import uuid

import pytest
import requests

from support.reply import reply
from support.refusals import refuses
from support.tenant import CONNECTOR, LOGIN

PORTAL, EVERYONE = "Contoso Portal", "Contoso Everyone"


@refuses(90002)
def test_an_unknown_tenant(tenant):
    return tenant.app_token(at=str(uuid.uuid4()))


@refuses(90002, place="page")
def test_an_unknown_tenant_in_a_browser(tenant):
    return tenant.authorize(at="nowhere.example")


@refuses(90002, error="invalid_tenant")
def test_discovery_of_an_unknown_tenant(tenant):
    return reply(requests.get(f"{LOGIN}/nowhere.example/v2.0/.well-known/openid-configuration", timeout=30))


@refuses(900023)
def test_a_tenant_that_is_no_name_at_all(tenant):
    return tenant.app_token(at="contoso")


@refuses(50059)
def test_client_credentials_without_a_tenant(tenant):
    return tenant.app_token(PORTAL, at="organizations")


@refuses(50128)
def test_a_domain_nobody_has_verified(tenant):
    return tenant.password_token(app=PORTAL, at="organizations", username="anna@nowhere.example")


@refuses(50029)
def test_a_user_name_without_domain(tenant):
    return tenant.password_token(username="anna")


@pytest.mark.rows("004-19")
@refuses(50194, place="page")
def test_a_single_tenant_application_at_common(tenant):
    return tenant.authorize("anna", CONNECTOR, v1=True, at="common", redirect_uri=tenant.redirect(CONNECTOR))


@refuses(9001023)
def test_a_password_at_common(tenant):
    return tenant.password_token(at="common")


@refuses(90133)
def test_a_device_code_at_common(tenant):
    return tenant.device_code(EVERYONE, at="common")


@refuses(90124, place="page")
def test_dataverse_for_a_personal_account(tenant):
    return tenant.authorize("sven@hotmail.com", EVERYONE, at="common")


@refuses(9002332, place="page")
def test_an_application_for_work_accounts_at_consumers(tenant):
    return tenant.authorize("sven@hotmail.com", at="consumers")


@refuses(90027, place="page")
def test_the_v1_endpoint_for_consumers(tenant):
    return tenant.authorize("sven@hotmail.com", EVERYONE, v1=True, at="consumers")


def instance_discovery(endpoint):
    url = f"{LOGIN}/common/discovery/instance"
    query = {"api-version": "1.1", "authorization_endpoint": endpoint}
    return reply(requests.get(url, params=query, timeout=30))


@refuses(50049)
def test_a_sign_in_host_nobody_knows(tenant):
    return instance_discovery("https://login.example.com/common/oauth2/v2.0/authorize")


@refuses(50050)
def test_a_sign_in_address_that_is_none(tenant):
    return instance_discovery("login.microsoftonline.com")


@refuses(90038)
def test_a_tenant_of_another_cloud(tenant):
    tenant.settings(cloud="gcc-high")
    return tenant.app_token()


@refuses(900439)
def test_a_government_application_on_the_public_endpoint(tenant):
    tenant.app(CONNECTOR, government=True)
    return tenant.app_token()


@refuses(500021)
def test_a_network_that_restricts_tenants(tenant):
    headers = {"Restrict-Access-To-Tenants": "fabrikam.onmicrosoft.com", "Restrict-Access-Context": str(uuid.uuid4())}
    return tenant.token(headers=headers, **tenant.app_form(CONNECTOR))


@refuses(500022)
def test_a_network_that_restricts_tenants_by_policy(tenant):
    headers = {"sec-Restrict-Tenant-Access-Policy": f"{uuid.uuid4()}:{uuid.uuid4()}"}
    return tenant.token(headers=headers, **tenant.app_form(CONNECTOR))


def test_a_network_that_allows_this_tenant(tenant):
    headers = {"Restrict-Access-To-Tenants": f"fabrikam.onmicrosoft.com,{tenant.domain}"}
    tenant.token(headers=headers, **tenant.app_form(CONNECTOR)).tokens()


@refuses(500212)
def test_a_home_tenant_that_keeps_its_users_in(tenant, new_tenant):
    home = new_tenant("fabrikam")
    guest = tenant.invite(home, "tom")
    home.settings(block_outbound=True)
    return tenant.password_token(guest)


@refuses(500213)
def test_a_tenant_that_keeps_others_out(tenant):
    tenant.settings(block_inbound=True)
    return tenant.password_token("olaf")
