"""azure-identity: each credential gets a token that opens the organization, or raises its own exception."""

import threading

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AuthenticationRequiredError,
    AuthorizationCodeCredential,
    CertificateCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    EnvironmentCredential,
    InteractiveBrowserCredential,
    OnBehalfOfCredential,
    UsernamePasswordCredential,
)

from support.browser import Browser
from support.certificates import ClientCertificate
from support.person import visit
from support.tenant import CONNECTOR, DESKTOP, PASSWORD

CERTIFICATE_APP = "Contoso Connector with a certificate"


def works(tenant, credential):
    token = credential.get_token(tenant.scope)
    assert tenant.get(token.token).status_code == 200
    return token


def refused(tenant, credential, code):
    with pytest.raises(ClientAuthenticationError, match=f"AADSTS{code}: "):
        credential.get_token(tenant.scope)


def secret(tenant, app=CONNECTOR, value=None):
    return ClientSecretCredential(tenant.id, tenant.client_id(app), value or tenant.secret(app))


# --- applications -----------------------------------------------------------------------------------------------


def test_client_secret(tenant):
    works(tenant, secret(tenant))


def test_environment(ready, control, monkeypatch):
    """What `keyway exec` sets is enough."""
    from support.tenant import Tenant

    tenant = Tenant(control, next(t for t in ready["tenants"] if t["id"] == ready["env"]["AZURE_TENANT_ID"]))
    works(tenant, EnvironmentCredential())


def test_certificate_file(tenant):
    path = tenant.apps[CERTIFICATE_APP]["certificate"]
    works(tenant, CertificateCredential(tenant.id, tenant.client_id(CERTIFICATE_APP), path))


def test_certificate_with_its_chain(tenant):
    path = tenant.apps[CERTIFICATE_APP]["certificate"]
    client_id = tenant.client_id(CERTIFICATE_APP)
    works(tenant, CertificateCredential(tenant.id, client_id, path, send_certificate_chain=True))


def test_a_wrong_secret(tenant):
    refused(tenant, secret(tenant, value="wrong"), 7000215)


def test_an_expired_secret(tenant):
    tenant.advance(days=400)
    refused(tenant, secret(tenant), 7000222)


def test_an_unknown_application(tenant):
    credential = ClientSecretCredential(tenant.id, tenant.organization["id"], "secret")
    refused(tenant, credential, 700016)


def test_an_unregistered_certificate(tenant):
    fresh = ClientCertificate.fresh()
    pem = (fresh.private_pem + fresh.pem).encode()
    client_id = tenant.client_id(CERTIFICATE_APP)
    refused(tenant, CertificateCredential(tenant.id, client_id, certificate_data=pem), 700027)


def test_a_tenant_without_dynamics(tenant):
    tenant.subscribe("none")
    refused(tenant, secret(tenant), 650052)


def test_a_tenant_that_does_not_exist(tenant):
    credential = ClientSecretCredential("nowhere.example", tenant.client_id(CONNECTOR), "secret")
    with pytest.raises(ClientAuthenticationError):
        credential.get_token(tenant.scope)


# --- people -----------------------------------------------------------------------------------------------------


def device(tenant, user="anna", app=DESKTOP, act=None, **answers):
    def prompt(verification_uri, user_code, expires_on):
        (act or tenant.type_device_code)(user_code, user, **answers)

    return DeviceCodeCredential(tenant.client_id(app), tenant_id=tenant.id, prompt_callback=prompt, timeout=30)


def test_device_code(tenant):
    works(tenant, device(tenant))


def test_device_code_with_a_second_factor(tenant):
    works(tenant, device(tenant, "jon", code="246810"))


def test_a_device_code_that_is_declined(tenant):
    def decline(user_code, user):
        browser = Browser()
        browser.submit(browser.open(f"https://microsoft.com/devicelogin?user_code={user_code}"), cancel="1")

    refused(tenant, device(tenant, act=decline), 65004)


def test_authorization_code(tenant):
    redirect = tenant.redirect(CONNECTOR)
    code = tenant.code("anna", CONNECTOR, redirect_uri=redirect)
    credential = AuthorizationCodeCredential(
        tenant.id, tenant.client_id(CONNECTOR), code, redirect, client_secret=tenant.secret(CONNECTOR)
    )
    works(tenant, credential)


def test_an_authorization_code_that_expired(tenant):
    redirect = tenant.redirect(CONNECTOR)
    code = tenant.code("anna", CONNECTOR, redirect_uri=redirect)
    tenant.advance(minutes=11)
    credential = AuthorizationCodeCredential(
        tenant.id, tenant.client_id(CONNECTOR), code, redirect, client_secret=tenant.secret(CONNECTOR)
    )
    refused(tenant, credential, 70008)


def browser(tenant, monkeypatch, user="anna", **options):
    """A browser that needs no person: it signs in beside the credential, which waits for the answer."""

    def open_url(url, new=0, autoraise=True):
        threading.Thread(target=visit, args=(url, tenant.upn(user)), daemon=True).start()
        return True

    monkeypatch.setattr("webbrowser.open", open_url)
    return InteractiveBrowserCredential(tenant_id=tenant.id, client_id=tenant.client_id(DESKTOP), timeout=60, **options)


def test_interactive_browser(tenant, monkeypatch):
    works(tenant, browser(tenant, monkeypatch))


def test_silent_refresh(tenant, monkeypatch):
    """Once authenticated, an expired token is renewed without a browser."""
    credential = browser(tenant, monkeypatch, disable_automatic_authentication=True)
    tenant.settings(access_token_seconds=60)
    record = credential.authenticate(scopes=[tenant.scope])
    assert record.username == tenant.upn("anna") and record.tenant_id == tenant.id
    first = credential.get_token(tenant.scope)
    tenant.settings(access_token_seconds=None)
    second = credential.get_token(tenant.scope)
    assert first.token != second.token
    assert tenant.get(second.token).status_code == 200


def test_silent_refresh_after_revocation(tenant, monkeypatch):
    credential = browser(tenant, monkeypatch, disable_automatic_authentication=True)
    tenant.settings(access_token_seconds=60)
    credential.authenticate(scopes=[tenant.scope])
    tenant.advance(minutes=1)
    tenant.revoke_sessions("anna")
    with pytest.raises(AuthenticationRequiredError):
        credential.get_token(tenant.scope)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestPassword:
    def credential(self, tenant, user="anna", password=PASSWORD, app=DESKTOP):
        return UsernamePasswordCredential(tenant.client_id(app), tenant.upn(user), password, tenant_id=tenant.id)

    def test_password(self, tenant):
        works(tenant, self.credential(tenant))

    def test_a_wrong_password(self, tenant):
        refused(tenant, self.credential(tenant, password="wrong"), 50126)

    def test_a_locked_account(self, tenant):
        tenant.settings(lockout={"threshold": 1, "seconds": 60})
        refused(tenant, self.credential(tenant, password="wrong"), 50126)
        refused(tenant, self.credential(tenant), 50053)

    def test_a_block_by_conditional_access(self, tenant):
        tenant.rule("block")
        refused(tenant, self.credential(tenant), 53003)


def test_on_behalf_of(tenant):
    middle, front = "Contoso Middle Tier", "Contoso Front"
    scope = f"api://{tenant.client_id(middle)}/access_as_user"
    token = tenant.signed_in("anna", front, scope=scope)["access_token"]
    credential = OnBehalfOfCredential(
        tenant.id, tenant.client_id(middle), client_secret=tenant.secret(middle), user_assertion=token
    )
    works(tenant, credential)
