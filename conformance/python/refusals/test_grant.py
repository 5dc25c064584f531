"""Codes, refresh tokens, device codes and loops."""

import pytest

from support.browser import Browser, Landing, Page
from support.refusals import met, refuses
from support.tenant import CONNECTOR, Verifier

SPA = "Contoso Single Page"
PORTAL = "Contoso Portal"


@refuses(70000)
def test_a_code_nobody_issued(tenant):
    return tenant.redeem("0.made-up")


@refuses(70000)
def test_a_refresh_token_of_another_application(tenant):
    tokens = tenant.signed_in()
    return tenant.refresh(tokens, "Contoso Assigned")


@refuses(70003)
def test_a_grant_type_nobody_knows(tenant):
    return tenant.app_token(grant_type="magic")


@refuses(70008)
def test_a_code_after_ten_minutes(tenant):
    code = tenant.code()
    tenant.advance(minutes=10)
    return tenant.redeem(code)


@refuses(54005)
def test_a_code_twice(tenant):
    code = tenant.code()
    tenant.redeem(code).tokens()
    return tenant.redeem(code)


@refuses(700005)
def test_a_code_at_another_tenant(tenant):
    redirect = tenant.redirect(PORTAL)
    code = tenant.code("anna", PORTAL, redirect_uri=redirect)
    secret = tenant.secret(PORTAL)
    return tenant.redeem(code, PORTAL, at="fabrikam.onmicrosoft.com", redirect_uri=redirect, client_secret=secret)


# --- refresh tokens ---------------------------------------------------------------------------------------------


def test_an_old_refresh_token_stays_good(tenant):
    tokens = tenant.signed_in()
    first, second = tenant.refresh(tokens).tokens(), tenant.refresh(tokens).tokens()
    assert len({tokens["refresh_token"], first["refresh_token"], second["refresh_token"]}) == 3


@refuses(70000)
def test_strict_rotation_revokes_the_family(tenant):
    tenant.settings(strict_rotation=True)
    tokens = tenant.signed_in()
    fresh = tenant.refresh(tokens).tokens()
    met(tenant.refresh(tokens), 70000)
    return tenant.refresh(fresh)


@refuses(700081)
def test_a_refresh_token_beyond_its_greatest_age(tenant):
    tenant.settings(refresh_max_seconds=86_400)
    tokens = tenant.signed_in()
    tenant.advance(hours=23)
    tokens = tenant.refresh(tokens).tokens()
    tenant.advance(hours=2)
    return tenant.refresh(tokens)


@refuses(700082)
def test_a_refresh_token_that_nobody_used_for_ninety_days(tenant):
    tokens = tenant.signed_in()
    tenant.advance(days=90)
    return tenant.refresh(tokens)


@refuses(700084)
def test_a_refresh_token_of_a_single_page_application_after_a_day(tenant):
    pkce, origin = Verifier(), {"Origin": "https://spa.example"}
    redirect = tenant.redirect(SPA)
    code = tenant.code("anna", SPA, redirect_uri=redirect, code_challenge=pkce.challenge, code_challenge_method="S256")
    tokens = tenant.redeem(code, SPA, redirect_uri=redirect, code_verifier=pkce.verifier, headers=origin).tokens()
    tenant.advance(hours=24)
    return tenant.refresh(tokens, SPA, headers=origin)


# --- loops ------------------------------------------------------------------------------------------------------


@refuses(50196, place="redirect")
def test_the_fifteenth_equal_request_is_a_loop(tenant):
    browser = Browser()
    url = tenant.authorize_url()
    browser.sign_in(url, tenant.upn("anna"), "Keyway!Demo1")
    # The first request has no cookie yet, so nothing ties it to the browser.
    answers = [browser.open(url) for _ in range(14)]
    assert all(isinstance(answer, Landing) and "code" in answer.params for answer in answers)
    return browser.open(url)


# --- device codes -----------------------------------------------------------------------------------------------


def test_a_device_code_from_start_to_end(tenant):
    device = tenant.device_code().body
    met(tenant.poll(device), 70016)
    assert isinstance(tenant.type_device_code(device["user_code"]), Page)
    assert tenant.poll(device).tokens()["token_type"] == "Bearer"


@refuses(70016)
def test_nobody_has_typed_the_code_yet(tenant):
    return tenant.poll(tenant.device_code().body)


@refuses(70016, error="slow_down")
def test_polling_too_fast(tenant):
    device = tenant.device_code().body
    tenant.poll(device)
    return tenant.poll(device)


@refuses(65004, error="authorization_declined")
def test_the_person_declines_the_device(tenant):
    device = tenant.device_code().body
    browser = Browser()
    page = browser.open(f"https://microsoft.com/devicelogin?user_code={device['user_code']}")
    browser.submit(page, cancel="1")
    return tenant.poll(device)


@refuses(70018)
def test_a_device_code_nobody_issued(tenant):
    return tenant.poll({"device_code": "made-up"})


@refuses(70019, place="page")
def test_a_user_code_after_fifteen_minutes(tenant):
    device = tenant.device_code().body
    tenant.advance(minutes=15)
    return tenant.type_device_code(device["user_code"])


@refuses(70020)
def test_a_device_code_after_fifteen_minutes(tenant):
    device = tenant.device_code().body
    tenant.advance(minutes=15)
    return tenant.poll(device)


@refuses(90120, place="page")
def test_a_user_code_twice(tenant):
    device = tenant.device_code().body
    tenant.type_device_code(device["user_code"])
    return tenant.type_device_code(device["user_code"])


@refuses(54005)
def test_a_device_code_twice(tenant):
    device = tenant.device_code().body
    tenant.type_device_code(device["user_code"])
    tenant.poll(device).tokens()
    return tenant.poll(device)


@pytest.mark.rows("004-15")
def test_the_v1_token_endpoint_takes_a_resource(tenant):
    tokens = tenant.app_token(CONNECTOR, v1=True).tokens()
    assert tokens["resource"] == tenant.resource
    assert all(isinstance(tokens[name], str) for name in ("expires_in", "ext_expires_in", "expires_on", "not_before"))
