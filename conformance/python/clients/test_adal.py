"""adal, the library of the v1 endpoints: `resource`, and numbers as text."""

import adal
import pytest

from support.certificates import ClientCertificate
from support.tenant import CONNECTOR, DESKTOP, LOGIN, PASSWORD

CERTIFICATE_APP = "Contoso Connector with a certificate"


def context(tenant, host=LOGIN):
    return adal.AuthenticationContext(f"{host}/{tenant.id}", api_version=None)


def refused(code, error, act):
    with pytest.raises(adal.AdalError, match=f"AADSTS{code}: ") as caught:
        act()
    assert caught.value.error_response["error"] == error
    assert caught.value.error_response["error_codes"] == [code]


def app_token(tenant, app=CONNECTOR, secret=None):
    return context(tenant).acquire_token_with_client_credentials(
        tenant.resource, tenant.client_id(app), secret or tenant.secret(app)
    )


def password_token(tenant, user="anna", password=PASSWORD):
    client_id = tenant.client_id(DESKTOP)
    return context(tenant).acquire_token_with_username_password(tenant.resource, tenant.upn(user), password, client_id)


def works(tenant, token):
    assert tenant.get(token["accessToken"]).status_code == 200


@pytest.mark.rows("004-15", "004-20")
@pytest.mark.parametrize("host", [LOGIN, "https://login.windows.net"])
def test_client_credentials(tenant, host):
    token = context(tenant, host).acquire_token_with_client_credentials(
        tenant.resource, tenant.client_id(CONNECTOR), tenant.secret(CONNECTOR)
    )
    works(tenant, token)
    assert token["resource"] == tenant.resource


def test_certificate(tenant):
    certificate = ClientCertificate.read(tenant.certificate(CERTIFICATE_APP))
    thumbprint = ":".join(certificate.thumbprint[n:n + 2] for n in range(0, 40, 2))
    token = context(tenant).acquire_token_with_client_certificate(
        tenant.resource, tenant.client_id(CERTIFICATE_APP), certificate.private_pem, thumbprint
    )
    works(tenant, token)


def test_password_and_refresh(tenant):
    token = password_token(tenant)
    works(tenant, token)
    assert token["userId"] == tenant.upn("anna") and token["isMRRT"]
    renewed = context(tenant).acquire_token_with_refresh_token(
        token["refreshToken"], tenant.client_id(DESKTOP), tenant.resource
    )
    works(tenant, renewed)


def test_device_code(tenant):
    one = context(tenant)
    code = one.acquire_user_code(tenant.resource, tenant.client_id(DESKTOP))
    assert "devicelogin" in code["verification_url"]
    tenant.type_device_code(code["user_code"])
    works(tenant, one.acquire_token_with_device_code(tenant.resource, code, tenant.client_id(DESKTOP)))


def test_authorization_code(tenant):
    redirect = tenant.redirect(CONNECTOR)
    code = tenant.code("anna", CONNECTOR, v1=True, redirect_uri=redirect)
    token = context(tenant).acquire_token_with_authorization_code(
        code, redirect, tenant.resource, tenant.client_id(CONNECTOR), tenant.secret(CONNECTOR)
    )
    works(tenant, token)


def test_a_wrong_secret(tenant):
    refused(7000215, "invalid_client", lambda: app_token(tenant, secret="wrong"))


def test_an_expired_secret(tenant):
    refused(7000222, "invalid_client", lambda: app_token(tenant, "Contoso Connector with an expired secret"))


def test_a_wrong_password(tenant):
    refused(50126, "invalid_grant", lambda: password_token(tenant, password="wrong"))


def test_a_second_factor_is_needed(tenant):
    refused(50076, "interaction_required", lambda: password_token(tenant, "jon"))


def test_a_temporary_password(tenant):
    refused(50055, "invalid_grant", lambda: password_token(tenant, "fay"))


def test_a_resource_that_does_not_exist(tenant):
    one, client = context(tenant), tenant.client_id(CONNECTOR)
    nowhere = "https://nowhere.crm4.dynamics.com"
    refused(500011, "invalid_resource", lambda: one.acquire_token_with_client_credentials(nowhere, client, tenant.secret(CONNECTOR)))
