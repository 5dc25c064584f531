"""Requests that are malformed, and a service that cannot answer."""

import pytest
import requests

from support.refusals import refuses
from support.reply import reply
from support.tenant import CONNECTOR, LOGIN


def raw(tenant, body, content_type="application/x-www-form-urlencoded", **headers):
    url = f"{tenant.authority}/oauth2/v2.0/token"
    return reply(requests.post(url, data=body, headers={"Content-Type": content_type, **headers}, timeout=30))


@refuses(9002313)
def test_a_parameter_twice(tenant):
    return raw(tenant, f"client_id={tenant.client_id(CONNECTOR)}&client_id=x&grant_type=client_credentials")


@refuses(9002313)
def test_more_parameters_than_any_client_sends(tenant):
    return raw(tenant, "&".join(f"p{n}=v" for n in range(300)))


@pytest.mark.parametrize("missing", ["grant_type", "client_id", "scope"])
@refuses(900144)
def test_a_parameter_is_missing(tenant, missing):
    answer = tenant.app_token(**{missing: None})
    assert f"'{missing}'" in answer.description
    return answer


@refuses(900144)
def test_a_body_that_is_no_form(tenant):
    return raw(tenant, '{"grant_type": "client_credentials"}', "application/json")


@pytest.mark.parametrize("missing", ["username", "password"])
@refuses(90014)
def test_a_field_of_the_credential_is_missing(tenant, missing):
    return tenant.password_token(**{missing: None})


@refuses(90004)
def test_a_basic_header_that_is_none(tenant):
    body = f"grant_type=client_credentials&scope={tenant.scope}"
    return raw(tenant, body, Authorization="Basic !!!")


@refuses(90013)
def test_bytes_that_are_no_text(tenant):
    return raw(tenant, b"grant_type=password&username=%ff%fe")


@refuses(90015, place="page")
def test_a_query_that_is_too_long(tenant):
    return tenant.authorize(state="x" * 9000)


@refuses(90100)
def test_an_empty_client_id(tenant):
    return tenant.app_token(client_id="")


@refuses(90102)
def test_a_resource_that_is_no_uri(tenant):
    return tenant.app_token(v1=True, resource="contoso")


@refuses(900561)
def test_the_token_endpoint_with_get(tenant):
    return reply(requests.get(f"{tenant.authority}/oauth2/v2.0/token", timeout=30))


@refuses(90055)
def test_a_tenant_that_is_throttled(tenant):
    tenant.settings(throttled=17)
    answer = tenant.app_token()
    assert answer.headers["retry-after"] == "17"
    return answer


@refuses(90033)
def test_a_service_that_fails_for_a_while(tenant):
    tenant.settings(transient_fault=True)
    return tenant.app_token()


def test_the_page_behind_error_uri_explains_the_code(tenant):
    answer = tenant.app_token(client_secret="wrong")
    page = requests.get(answer.body["error_uri"], timeout=30)
    assert page.status_code == 200 and "AADSTS7000215" in page.text
    assert answer.body["error_uri"].startswith(LOGIN)
