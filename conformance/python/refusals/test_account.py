"""Whether the account exists, in which state it is, and its password."""

import pytest

from support.browser import Browser
from support.refusals import met, refuses
from support.tenant import DESKTOP

EVERYONE = "Contoso Everyone"


@refuses(50034)
def test_a_user_who_does_not_exist(tenant):
    return tenant.password_token(f"nobody@{tenant.domain}")


@refuses(50034, place="page")
def test_a_user_who_does_not_exist_in_a_browser(tenant):
    return tenant.authorize(f"nobody@{tenant.domain}")


@refuses(500341)
def test_a_deleted_user(tenant):
    tenant.account("anna", deleted=True)
    return tenant.password_token("anna")


@refuses(50020)
def test_a_user_of_another_tenant(tenant):
    return tenant.password_token("tom@fabrikam.onmicrosoft.com")


@refuses(50020, place="page")
def test_a_personal_account_that_was_not_invited(tenant):
    page = tenant.authorize("sven@hotmail.com")
    assert "live.com" in page.error
    return page


@refuses(50014)
def test_a_guest_who_has_not_accepted(tenant):
    return tenant.password_token("petra")


@refuses(500571)
def test_a_guest_who_is_blocked(tenant):
    return tenant.password_token("quinn")


@refuses(500208)
def test_a_personal_account_at_organizations(tenant):
    return tenant.password_token("sven@hotmail.com", EVERYONE, at="organizations")


@refuses(500207)
def test_a_personal_account_redeems_a_code_for_dataverse(tenant, personal):
    personal.subscribe()
    scope = "openid offline_access User.Read"
    code = tenant.code("sven@hotmail.com", EVERYONE, at="common", scope=scope)
    return tenant.redeem(code, EVERYONE, at="common", scope="https://globaldisco.crm.dynamics.com/.default")


@refuses(50107)
def test_a_federated_domain_without_its_server(tenant):
    domains = [{"name": tenant.domain}, {"name": tenant.upn("mia").split("@")[1], "kind": {"federated": {"sts": None}}}]
    tenant.settings(domains=domains)
    return tenant.password_token("mia")


# --- passwords --------------------------------------------------------------------------------------------------


@refuses(50126)
def test_a_wrong_password(tenant):
    return tenant.password_token(password="wrong")


@refuses(50126, place="page")
def test_a_wrong_password_in_a_browser(tenant):
    return tenant.authorize(password="wrong")


@refuses(50126)
def test_the_password_of_a_federated_user(tenant):
    return tenant.password_token("mia")


@refuses(50053)
def test_too_many_wrong_passwords(tenant):
    tenant.settings(lockout={"threshold": 3, "seconds": 60})
    for attempt in range(3):
        met(tenant.password_token(password=f"wrong {attempt}"), 50126)
    return tenant.password_token()


def test_a_lock_passes(tenant):
    tenant.settings(lockout={"threshold": 1, "seconds": 60})
    met(tenant.password_token(password="wrong"), 50126)
    tenant.advance(seconds=59)
    met(tenant.password_token(), 50053)
    tenant.advance(seconds=1)
    tenant.password_token().tokens()


@refuses(50055)
def test_a_temporary_password(tenant):
    answer = tenant.password_token("fay")
    assert answer.body["password_change_url"].startswith("https://")
    return answer


@refuses(50052)
def test_a_password_that_is_too_long(tenant):
    return tenant.password_token(password="x" * 257)


@refuses(50056)
def test_an_account_without_password(tenant):
    return tenant.password_token("hana")


@refuses(50057)
def test_a_disabled_user(tenant):
    tenant.account("anna", enabled=False)
    return tenant.password_token("anna")


@refuses(50144)
def test_a_password_that_expired_on_premises(tenant):
    return tenant.password_token("gus")


# --- sessions and grants ----------------------------------------------------------------------------------------


def silently(tenant, browser, **query):
    """The application asks again without anybody being asked."""
    return browser.open(tenant.authorize_url(prompt="none", **query))


def test_a_session_answers_silently(tenant):
    browser = Browser()
    tenant.authorize(browser=browser)
    assert "code" in silently(tenant, browser).params


@refuses(50058, place="redirect")
def test_nobody_is_signed_in(tenant):
    return silently(tenant, Browser())


@refuses(16000, place="redirect")
def test_two_people_are_signed_in(tenant):
    browser = Browser()
    tenant.authorize("anna", browser=browser)
    tenant.authorize("ben", browser=browser, prompt="login")
    return silently(tenant, browser)


@refuses(50132, place="redirect")
def test_a_session_that_an_administrator_ended(tenant):
    browser = Browser()
    tenant.authorize(browser=browser)
    tenant.advance(minutes=1)
    tenant.revoke_sessions("anna")
    return silently(tenant, browser)


@refuses(50133, place="redirect")
def test_a_session_from_before_the_password_changed(tenant):
    browser = Browser()
    tenant.authorize(browser=browser)
    tenant.advance(minutes=1)
    tenant.account("anna", password="Another!Pass1")
    return silently(tenant, browser)


@refuses(50173)
def test_a_refresh_token_from_before_the_password_changed(tenant):
    tokens = tenant.signed_in()
    tenant.advance(minutes=1)
    tenant.account("anna", password="Another!Pass1")
    return tenant.refresh(tokens)


@refuses(50089, place="page")
def test_a_page_that_was_open_too_long(tenant):
    browser = Browser()
    page = browser.open(tenant.authorize_url(DESKTOP))
    tenant.advance(hours=2)
    return browser.submit(page, login=tenant.upn("anna"), passwd="Keyway!Demo1")


@refuses(50089, place="page")
def test_a_form_that_was_made_for_another_browser(tenant):
    page = Browser().open(tenant.authorize_url(DESKTOP))
    return Browser().submit(page, login=tenant.upn("anna"), passwd="Keyway!Demo1")


@pytest.mark.rows("003-24")
def test_both_domains_name_the_same_person(tenant):
    custom, standard = tenant.upn("anna"), f"anna@{tenant.domain}"
    assert custom != standard
    ids = {tenant.claims(tenant.password_token(name).tokens()["access_token"])["oid"] for name in (custom, standard)}
    assert len(ids) == 1
