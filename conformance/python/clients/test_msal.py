"""MSAL Python, as its users call it: instance discovery on, its own transport, its own cache.

MSAL returns refusals as dictionaries with the fields of the wire; what it cannot work with at all it raises.
"""

import re
import threading

import msal
import pytest

from support.browser import Browser, Landing
from support.certificates import ClientCertificate
from support.person import visit
from support.tenant import CONNECTOR, DESKTOP, LOGIN, PASSWORD

CERTIFICATE_APP = "Contoso Connector with a certificate"


def confidential(tenant, app=CONNECTOR, credential=None, authority=None):
    return msal.ConfidentialClientApplication(
        tenant.client_id(app),
        authority=authority or tenant.authority,
        client_credential=credential or tenant.secret(app),
    )


def public(tenant, app=DESKTOP, authority=None):
    return msal.PublicClientApplication(tenant.client_id(app), authority=authority or tenant.authority)


def refused(result, code, error, suberror=None):
    """MSAL hands on what the service said, whole."""
    assert result["error"] == error, result
    assert result["error_codes"] == [code]
    assert result["error_description"].startswith(f"AADSTS{code}: ")
    assert result.get("suberror") == suberror
    assert re.fullmatch(r"[0-9a-f-]{36}", result["correlation_id"])


def works(tenant, result):
    """The token opens the organization."""
    assert "access_token" in result, result
    answer = tenant.get(result["access_token"])
    assert answer.status_code == 200, answer.text
    return answer.json()


# --- an application for itself ----------------------------------------------------------------------------------


@pytest.mark.rows("003-20")
def test_client_secret(tenant):
    result = confidential(tenant).acquire_token_for_client([tenant.scope])
    assert result["token_type"] == "Bearer" and isinstance(result["expires_in"], int)
    assert works(tenant, result)["OrganizationId"] == tenant.organization["id"]


def test_the_cache_answers_the_second_time(tenant):
    app = confidential(tenant)
    first, second = (app.acquire_token_for_client([tenant.scope]) for _ in range(2))
    assert (first["token_source"], second["token_source"]) == ("identity_provider", "cache")
    assert first["access_token"] == second["access_token"]


@pytest.mark.rows("004-20")
@pytest.mark.parametrize("host", ["login.windows.net", "login.microsoft.com", "sts.windows.net"])
def test_another_name_of_the_sign_in_host(tenant, host):
    works(tenant, confidential(tenant, authority=f"https://{host}/{tenant.id}").acquire_token_for_client([tenant.scope]))


def test_certificate_by_thumbprint(tenant):
    certificate = ClientCertificate.read(tenant.certificate(CERTIFICATE_APP))
    credential = {"private_key": certificate.private_pem, "thumbprint": certificate.thumbprint}
    works(tenant, confidential(tenant, CERTIFICATE_APP, credential).acquire_token_for_client([tenant.scope]))


def test_certificate_with_its_public_part(tenant):
    """MSAL then signs with PS256 and sends the SHA-256 thumbprint and `x5c`."""
    certificate = ClientCertificate.read(tenant.certificate(CERTIFICATE_APP))
    credential = {"private_key": certificate.private_pem, "public_certificate": certificate.pem}
    works(tenant, confidential(tenant, CERTIFICATE_APP, credential).acquire_token_for_client([tenant.scope]))


def test_a_certificate_that_was_uploaded_just_now(tenant):
    certificate = ClientCertificate.fresh()
    tenant.change("POST", f"/apps/{tenant.client_id(CONNECTOR)}/certificates", {"name": "new", "certificate": certificate.pem})
    credential = {"private_key": certificate.private_pem, "thumbprint": certificate.thumbprint}
    works(tenant, confidential(tenant, CONNECTOR, credential).acquire_token_for_client([tenant.scope]))


@pytest.mark.rows("004-10")
def test_the_secrets_id_in_place_of_its_value(tenant):
    secret_id = tenant.apps[CONNECTOR]["secret_id"]
    result = confidential(tenant, credential=secret_id).acquire_token_for_client([tenant.scope])
    refused(result, 7000215, "invalid_client")


def test_a_secret_after_its_end(tenant):
    tenant.advance(days=400)
    refused(confidential(tenant).acquire_token_for_client([tenant.scope]), 7000222, "invalid_client")


def test_an_unregistered_certificate(tenant):
    certificate = ClientCertificate.fresh()
    credential = {"private_key": certificate.private_pem, "thumbprint": certificate.thumbprint}
    result = confidential(tenant, CERTIFICATE_APP, credential).acquire_token_for_client([tenant.scope])
    refused(result, 700027, "invalid_client")


def test_a_disabled_enterprise_application(tenant):
    tenant.principal(CONNECTOR, enabled=False)
    refused(confidential(tenant).acquire_token_for_client([tenant.scope]), 7000112, "unauthorized_client")


def test_a_resource_that_does_not_exist(tenant):
    result = confidential(tenant).acquire_token_for_client(["https://nowhere.crm4.dynamics.com/.default"])
    refused(result, 500011, "invalid_resource")


def test_a_tenant_that_does_not_exist(tenant):
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        confidential(tenant, authority=f"{LOGIN}/nowhere.example")


def test_a_sign_in_host_that_does_not_exist(tenant):
    with pytest.raises(ValueError, match="invalid_instance"):
        confidential(tenant, authority=f"https://login.example.com/{tenant.id}")


# --- a person with a password -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestPassword:
    def acquire(self, tenant, user="anna", password=PASSWORD, app=None):
        app = app or public(tenant)
        return app.acquire_token_by_username_password(tenant.upn(user), password, [tenant.scope])

    def test_password(self, tenant):
        works(tenant, self.acquire(tenant))

    def test_silent_refresh(self, tenant):
        """The access token has expired; MSAL finds the refresh token in its cache and renews by itself."""
        app = public(tenant)
        tenant.settings(access_token_seconds=60)
        first = self.acquire(tenant, app=app)
        tenant.settings(access_token_seconds=None)
        account = app.get_accounts()[0]
        assert account["username"] == tenant.upn("anna")
        second = app.acquire_token_silent_with_error([tenant.scope], account)
        assert second["access_token"] != first["access_token"] and second["token_source"] == "identity_provider"
        works(tenant, second)

    def test_silent_refresh_after_the_password_changed(self, tenant):
        app = public(tenant)
        tenant.settings(access_token_seconds=60)
        self.acquire(tenant, app=app)
        tenant.advance(minutes=1)
        tenant.account("anna", password="Another!Pass1")
        result = app.acquire_token_silent_with_error([tenant.scope], app.get_accounts()[0])
        refused(result, 50173, "invalid_grant", "bad_token")

    def test_a_wrong_password(self, tenant):
        refused(self.acquire(tenant, password="wrong"), 50126, "invalid_grant")

    def test_a_disabled_user(self, tenant):
        tenant.account("anna", enabled=False)
        refused(self.acquire(tenant), 50057, "invalid_grant")

    def test_a_second_factor_is_needed(self, tenant):
        refused(self.acquire(tenant, "jon"), 50076, "invalid_grant", "basic_action")

    def test_a_temporary_password(self, tenant):
        refused(self.acquire(tenant, "fay"), 50055, "invalid_grant", "user_password_expired")

    def test_nobody_has_consented(self, tenant):
        app = public(tenant, "Contoso without consent")
        refused(self.acquire(tenant, app=app), 65001, "invalid_grant", "consent_required")

    def test_a_federated_user_is_sent_to_the_federation_server(self, tenant):
        """User realm discovery names the server; there is none here, and the proxy says so."""
        import requests

        with pytest.raises(requests.exceptions.RequestException):
            self.acquire(tenant, "mia")


# --- a person with a device code --------------------------------------------------------------------------------


class TestDeviceCode:
    def start(self, tenant, app):
        flow = app.initiate_device_flow([tenant.scope])
        assert flow["user_code"] in flow["message"] and "devicelogin" in flow["verification_uri"]
        return flow

    def once(self, app, flow):
        """One poll and no waiting."""
        return app.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)

    def test_device_code(self, tenant):
        app = public(tenant)
        flow = self.start(tenant, app)
        tenant.type_device_code(flow["user_code"])
        result = self.once(app, flow)
        works(tenant, result)
        assert result["id_token_claims"]["preferred_username"] == tenant.upn("anna")

    def test_nobody_has_typed_it(self, tenant):
        app = public(tenant)
        refused(self.once(app, self.start(tenant, app)), 70016, "authorization_pending")

    def test_it_has_expired(self, tenant):
        app = public(tenant)
        flow = self.start(tenant, app)
        tenant.advance(minutes=15)
        refused(self.once(app, flow), 70020, "expired_token")

    def test_the_person_declines(self, tenant):
        app = public(tenant)
        flow = self.start(tenant, app)
        browser = Browser()
        browser.submit(browser.open(f"{flow['verification_uri']}?user_code={flow['user_code']}"), cancel="1")
        refused(self.once(app, flow), 65004, "authorization_declined")

    def test_a_second_factor_is_typed_on_the_page(self, tenant):
        app = public(tenant)
        flow = self.start(tenant, app)
        tenant.type_device_code(flow["user_code"], "jon", code="246810")
        works(tenant, self.once(app, flow))

    def test_common_is_refused(self, tenant):
        app = public(tenant, "Contoso Everyone", authority=f"{LOGIN}/common")
        flow = app.initiate_device_flow([tenant.scope])
        refused(flow, 90133, "invalid_request")


# --- a person with a browser ------------------------------------------------------------------------------------


class TestCode:
    redirect = "http://localhost:8400"

    def flow(self, tenant, app, **options):
        return app.initiate_auth_code_flow([tenant.scope], redirect_uri=self.redirect, **options)

    def walk(self, tenant, flow, user="anna", **answers):
        landing = Browser().sign_in(flow["auth_uri"], tenant.upn(user), PASSWORD, **answers)
        assert isinstance(landing, Landing), landing.text
        return landing.params

    @pytest.mark.parametrize("mode", [None, "form_post", "query"])
    def test_code_with_pkce(self, tenant, mode):
        app = public(tenant)
        flow = self.flow(tenant, app, **({"response_mode": mode} if mode else {}))
        result = app.acquire_token_by_auth_code_flow(flow, self.walk(tenant, flow))
        works(tenant, result)
        assert result["id_token_claims"]["oid"] == tenant.users["anna"]["id"]
        assert app.get_accounts()[0]["home_account_id"] == f"{tenant.users['anna']['id']}.{tenant.id}"

    def test_a_web_application_with_its_secret(self, tenant):
        app = confidential(tenant)
        flow = app.initiate_auth_code_flow([tenant.scope], redirect_uri=tenant.redirect(CONNECTOR))
        works(tenant, app.acquire_token_by_auth_code_flow(flow, self.walk(tenant, flow)))

    @pytest.mark.rows("003-24")
    def test_both_forms_of_the_user_name(self, tenant):
        for name in (tenant.upn("anna"), f"anna@{tenant.domain}"):
            app = public(tenant)
            flow = self.flow(tenant, app)
            result = app.acquire_token_by_auth_code_flow(flow, self.walk(tenant, flow, name))
            assert works(tenant, result)["UserId"]

    def test_the_code_twice(self, tenant):
        app = public(tenant)
        flow = self.flow(tenant, app)
        params = self.walk(tenant, flow)
        works(tenant, app.acquire_token_by_auth_code_flow(flow, params))
        refused(app.acquire_token_by_auth_code_flow(flow, params), 54005, "invalid_grant")

    def test_the_code_with_another_verifier(self, tenant):
        app = public(tenant)
        flow, other = self.flow(tenant, app), self.flow(tenant, app)
        params = self.walk(tenant, flow)
        result = app.acquire_token_by_auth_code_flow({**flow, "code_verifier": other["code_verifier"]}, params)
        refused(result, 501481, "invalid_grant")

    def test_the_person_declines(self, tenant):
        app = public(tenant, "Contoso without consent")
        flow = self.flow(tenant, app)
        result = app.acquire_token_by_auth_code_flow(flow, self.walk(tenant, flow, consent="decline"))
        assert result["error"] == "access_denied" and "AADSTS65004" in result["error_description"]

    def test_another_state_is_not_taken(self, tenant):
        app = public(tenant)
        flow = self.flow(tenant, app)
        params = {**self.walk(tenant, flow), "state": "another"}
        with pytest.raises(ValueError, match="state mismatch"):
            app.acquire_token_by_auth_code_flow(flow, params)

    def test_interactively_with_a_listener_on_loopback(self, tenant, monkeypatch):
        """MSAL opens its own listener and a browser; the browser here needs no person."""
        threads = []

        class NoPerson:
            def open(self, url, new=0, autoraise=True):
                threads.append(threading.Thread(target=visit, args=(url, tenant.upn("anna"))))
                threads[-1].start()
                return True

        monkeypatch.setattr("webbrowser.get", lambda using=None: NoPerson())
        monkeypatch.setattr("webbrowser.open", NoPerson().open)
        result = public(tenant).acquire_token_interactive([tenant.scope], timeout=60)
        for thread in threads:
            thread.join()
        works(tenant, result)


def test_on_behalf_of(tenant):
    middle, front = "Contoso Middle Tier", "Contoso Front"
    scope = f"api://{tenant.client_id(middle)}/access_as_user"
    token = tenant.signed_in("anna", front, scope=scope)["access_token"]
    works(tenant, confidential(tenant, middle).acquire_token_on_behalf_of(token, [tenant.scope]))
