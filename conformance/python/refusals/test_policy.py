"""Second factors, Conditional Access, assignment."""

import uuid

import pytest

from support.browser import Browser, Page
from support.refusals import refuses

ASSIGNED = "Contoso Assigned"
MFA = {"mfa": {}}


def silently(tenant, browser):
    return browser.open(tenant.authorize_url(prompt="none"))


# --- the second factor ------------------------------------------------------------------------------------------


@refuses(50076)
def test_a_password_alone_where_two_factors_are_needed(tenant):
    return tenant.password_token("jon")


@refuses(50076, error="interaction_required")
def test_the_same_at_the_v1_endpoint(tenant):
    return tenant.password_token("jon", v1=True)


@refuses(50079)
def test_a_second_factor_that_was_never_registered(tenant):
    tenant.rule(MFA)
    return tenant.password_token()


@refuses(50072, place="redirect")
def test_the_same_in_a_browser_that_may_ask_nobody(tenant):
    browser = Browser()
    tenant.authorize(browser=browser)
    tenant.rule(MFA)
    return silently(tenant, browser)


@refuses(50074, place="redirect")
def test_a_session_without_second_factor_when_the_rule_comes(tenant):
    tenant.settings(conditional_access=[])
    browser = Browser()
    tenant.authorize("jon", browser=browser)
    tenant.rule(MFA)
    return silently(tenant, browser)


@refuses(50078, place="redirect")
def test_a_second_factor_that_is_too_old(tenant):
    tenant.rule({"mfa": {"max_age": 3600}})
    browser = Browser()
    tenant.authorize("jon", browser=browser, code="246810")
    tenant.advance(hours=2)
    return silently(tenant, browser)


@refuses(500121, place="page")
def test_a_wrong_code(tenant):
    return tenant.authorize("jon", code="000000")


def test_the_right_code(tenant):
    page = tenant.authorize("jon")
    assert isinstance(page, Page) and "otc" in page.fields
    assert "code" in tenant.authorize("jon", code="246810").params


# --- conditional access -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("met_by", ["password_token", "authorize"])
@refuses(50158)
def test_a_challenge_by_another_provider(tenant, met_by):
    tenant.rule("external-challenge")
    return getattr(tenant, met_by)()


@refuses(50097)
def test_a_registered_device(tenant):
    tenant.rule("registered-device")
    return tenant.password_token()


@refuses(50131)
def test_suspicious_activity(tenant):
    tenant.rule("suspicious")
    return tenant.password_token()


@refuses(50005)
def test_a_platform_that_is_not_listed(tenant):
    tenant.rule({"platforms": {"allowed": ["Windows"]}})
    return tenant.password_token()


def test_a_platform_that_is_listed(tenant):
    tenant.rule({"platforms": {"allowed": ["Windows"]}})
    tenant.token(headers={"x-client-OS": "Windows"}, **tenant.password_form()).tokens()


@pytest.mark.parametrize("met_by", ["password_token", "authorize"])
@refuses(53000)
def test_a_compliant_device(tenant, met_by):
    tenant.rule("compliant-device")
    return getattr(tenant, met_by)()


@refuses(530004)
def test_a_compliant_device_of_a_guest(tenant):
    tenant.rule("compliant-device")
    return tenant.password_token("olaf")


@refuses(53000)
def test_a_guest_without_a_compliant_device_where_those_of_home_are_trusted(tenant):
    tenant.settings(trusts_home_devices=True)
    tenant.rule("compliant-device")
    return tenant.password_token("olaf")


@refuses(53001)
def test_a_joined_device(tenant):
    tenant.rule("joined-device")
    return tenant.password_token()


@refuses(53002)
def test_an_application_that_is_not_approved(tenant):
    tenant.rule({"approved-app": {"apps": [str(uuid.uuid4())]}})
    return tenant.password_token()


@pytest.mark.parametrize("met_by", ["password_token", "authorize"])
@refuses(53003)
def test_a_block(tenant, met_by):
    tenant.rule("block")
    return getattr(tenant, met_by)()


def test_a_block_is_for_whom_it_names(tenant):
    tenant.rule("block", users=[tenant.upn("ben")])
    tenant.password_token("anna").tokens()


@refuses(53004)
def test_a_person_at_risk_may_not_register_a_second_factor(tenant):
    tenant.rule(MFA)
    return tenant.password_token("kim")


@refuses(530032)
def test_a_security_policy(tenant):
    tenant.rule("security-policy")
    return tenant.password_token()


@refuses(530035)
def test_security_defaults(tenant):
    tenant.settings(security_defaults=True)
    return tenant.password_token()


@refuses(70043)
def test_a_sign_in_that_is_too_old(tenant):
    tokens = tenant.signed_in()
    tenant.rule({"sign-in-frequency": {"seconds": 3600}})
    tenant.advance(hours=2)
    return tenant.refresh(tokens)


@refuses(70046)
def test_a_fresh_sign_in_each_time(tenant):
    tokens = tenant.signed_in()
    tenant.rule("reauthenticate")
    return tenant.refresh(tokens)


# --- assignment -------------------------------------------------------------------------------------------------


@refuses(50105, place="page")
def test_a_user_who_is_not_assigned(tenant):
    return tenant.authorize("ben", ASSIGNED)


def test_a_user_who_is_assigned(tenant):
    assert "code" in tenant.authorize("anna", ASSIGNED).params
