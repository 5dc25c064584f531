"""Applications and how they prove themselves; redirect URIs and the exchange of codes."""

import uuid

import pytest

from support.browser import Landing
from support.certificates import JWT_BEARER, ClientCertificate
from support.refusals import met, refuses
from support.tenant import CONNECTOR, DESKTOP, Verifier

FRONT, MIDDLE = "Contoso Front", "Contoso Middle Tier"
OTHER_WEB_REDIRECT = "http://localhost:8400/callback"
CERTIFICATE_APP = "Contoso Connector with a certificate"
SPA = "Contoso Single Page"


# --- the application --------------------------------------------------------------------------------------------


@refuses(700016)
def test_an_unknown_client_id(tenant):
    return tenant.app_token(str(uuid.uuid4()), client_secret="x")


@pytest.mark.rows("004-12")
@refuses(700016)
def test_the_directory_id_pasted_as_client_id(tenant):
    answer = tenant.app_token(tenant.id, client_secret="x")
    assert "directory (tenant) id" in tenant.why(answer)
    return answer


@pytest.mark.rows("004-12")
@refuses(700016)
def test_the_object_id_pasted_as_client_id(tenant):
    object_id = tenant.app(CONNECTOR)["object_id"]
    answer = tenant.app_token(object_id, client_secret="x")
    assert "object id" in tenant.why(answer)
    return answer


@refuses(700016, place="page")
def test_an_unknown_client_id_in_a_browser(tenant):
    return tenant.authorize("anna", str(uuid.uuid4()))


@refuses(70001)
def test_a_disabled_application(tenant):
    tenant.app(CONNECTOR, disabled=True)
    return tenant.app_token()


@refuses(7000112)
def test_a_disabled_enterprise_application(tenant):
    tenant.principal(CONNECTOR, enabled=False)
    return tenant.app_token()


# --- secrets ----------------------------------------------------------------------------------------------------


@refuses(7000215)
def test_a_wrong_secret(tenant):
    return tenant.app_token(client_secret="wrong")


@pytest.mark.rows("004-10")
@refuses(7000215)
def test_the_id_of_the_secret_in_place_of_its_value(tenant):
    answer = tenant.app_token(client_secret=tenant.apps[CONNECTOR]["secret_id"])
    assert "is the id of a secret" in tenant.why(answer)
    return answer


@refuses(7000216)
def test_no_credential_at_all(tenant):
    return tenant.app_token(client_secret=None)


@refuses(7000218)
def test_a_web_application_without_its_secret(tenant):
    code = tenant.code("anna", CONNECTOR, redirect_uri=tenant.redirect(CONNECTOR))
    return tenant.redeem(code, CONNECTOR, redirect_uri=tenant.redirect(CONNECTOR))


@refuses(7000222)
def test_a_secret_after_its_end(tenant):
    tenant.advance(days=400)
    return tenant.app_token()


@refuses(700025)
def test_a_public_client_with_a_secret(tenant):
    return tenant.redeem(tenant.code(), client_secret="why")


# --- assertions -------------------------------------------------------------------------------------------------


def by_assertion(tenant, certificate=None, *, assertion=None, **claims):
    """The certificate application's token request, with an assertion that is changed as told."""
    certificate = certificate or ClientCertificate.read(tenant.certificate(CERTIFICATE_APP))
    client_id = tenant.client_id(CERTIFICATE_APP)
    audience = f"{tenant.authority}/oauth2/v2.0/token"
    assertion = assertion or certificate.assertion(client_id, audience, **claims)
    return tenant.app_token(CERTIFICATE_APP, client_secret=None, client_assertion_type=JWT_BEARER, client_assertion=assertion)


def test_an_assertion_that_is_right(tenant):
    by_assertion(tenant).tokens()


@refuses(700024)
def test_an_assertion_after_its_end(tenant):
    tenant.advance(hours=1)
    return by_assertion(tenant)


@refuses(700027)
def test_an_assertion_by_an_unregistered_certificate(tenant):
    return by_assertion(tenant, ClientCertificate.fresh())


@refuses(700027)
def test_an_assertion_whose_signature_is_by_another_key(tenant):
    return by_assertion(tenant, key=ClientCertificate.fresh().key)


@refuses(50027)
def test_an_assertion_that_is_no_token(tenant):
    return by_assertion(tenant, assertion="three.broken.parts")


@refuses(50027)
def test_an_assertion_for_another_audience(tenant):
    return by_assertion(tenant, aud="https://example.com/token")


@refuses(50048)
def test_an_assertion_with_another_subject(tenant):
    return by_assertion(tenant, sub=str(uuid.uuid4()))


@refuses(70021)
def test_a_federated_assertion_that_nothing_matches(tenant):
    return by_assertion(tenant, iss="https://issuer.example/", sub="workload", aud="api://AzureADTokenExchange")


# --- on behalf of -----------------------------------------------------------------------------------------------


def on_behalf(tenant, assertion, app=MIDDLE, **form):
    given = {"client_id": tenant.client_id(app), "client_secret": tenant.apps[app].get("secret"), "scope": tenant.scope}
    return tenant.token(
        grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=assertion,
        requested_token_use="on_behalf_of", **{**given, **form},
    )


def token_for_middle_tier(tenant):
    scope = f"api://{tenant.client_id(MIDDLE)}/access_as_user openid"
    return tenant.signed_in("anna", FRONT, scope=scope)


def test_on_behalf_of_a_user(tenant):
    tokens = on_behalf(tenant, token_for_middle_tier(tenant)["access_token"]).tokens()
    assert tenant.get(tokens["access_token"]).status_code == 200


@refuses(7000114)
def test_on_behalf_by_a_public_client(tenant):
    return on_behalf(tenant, token_for_middle_tier(tenant)["access_token"], DESKTOP)


@refuses(50013)
def test_on_behalf_of_a_token_that_was_changed(tenant):
    return on_behalf(tenant, token_for_middle_tier(tenant)["access_token"][:-4] + "AAAA")


@refuses(500133)
def test_on_behalf_of_a_token_after_its_end(tenant):
    token = token_for_middle_tier(tenant)["access_token"]
    tenant.advance(hours=2)
    return on_behalf(tenant, token)


@refuses(500131)
def test_on_behalf_of_a_token_for_somebody_else(tenant):
    return on_behalf(tenant, tenant.signed_in()["access_token"])


@refuses(240002)
def test_on_behalf_of_an_id_token(tenant):
    return on_behalf(tenant, token_for_middle_tier(tenant)["id_token"])


# --- redirect URIs ----------------------------------------------------------------------------------------------


@pytest.mark.rows("004-05")
@pytest.mark.parametrize(("part", "by"), [
    ("oauth2", "oauth2/"), ("callback", "Callback"), ("https", "http"), ("oauth2", "oauth2?a=b"), (".com", ".com.evil.example"),
])
@refuses(50011, place="page")
def test_a_redirect_uri_that_differs(tenant, part, by):
    answer = tenant.authorize("anna", CONNECTOR, redirect_uri=tenant.redirect(CONNECTOR).replace(part, by))
    assert "differs at character" in tenant.why(answer)
    return answer


@refuses(500112)
def test_a_redirect_uri_that_changed_on_the_way(tenant):
    code = tenant.code("anna", CONNECTOR, redirect_uri=tenant.redirect(CONNECTOR))
    secret = tenant.secret(CONNECTOR)
    return tenant.redeem(code, CONNECTOR, redirect_uri=OTHER_WEB_REDIRECT, client_secret=secret)


@refuses(500113, place="page")
def test_no_redirect_uri_is_registered(tenant):
    return tenant.authorize("anna", MIDDLE)


@refuses(900971, place="page")
def test_no_redirect_uri_where_there_are_several(tenant):
    return tenant.authorize("anna", CONNECTOR, redirect_uri=None)


# --- what is asked of the authorize endpoint --------------------------------------------------------------------


@refuses(70005, place="redirect")
def test_implicit_access_tokens_that_are_off(tenant):
    return tenant.authorize(response_type="token")


@refuses(70005, place="redirect")
def test_a_response_type_nobody_knows(tenant):
    return tenant.authorize(response_type="everything")


@refuses(700054, place="redirect")
def test_id_tokens_that_are_off(tenant):
    return tenant.authorize(response_type="id_token", nonce="n")


@refuses(70007, place="redirect")
def test_a_token_in_the_query(tenant):
    return tenant.authorize(
        "anna", "Contoso Portal", response_type="id_token", response_mode="query", nonce="n",
        redirect_uri=tenant.redirect("Contoso Portal"),
    )


@refuses(50147, place="redirect")
def test_a_challenge_method_without_challenge(tenant):
    return tenant.authorize(code_challenge_method="S256")


@refuses(501491, place="redirect")
def test_a_challenge_of_the_wrong_size(tenant):
    return tenant.authorize(code_challenge="short", code_challenge_method="S256")


@refuses(501481)
def test_a_verifier_that_is_another(tenant):
    code = tenant.code(code_challenge=Verifier().challenge, code_challenge_method="S256")
    return tenant.redeem(code, code_verifier=Verifier().verifier)


@refuses(501481)
def test_a_verifier_that_is_missing(tenant):
    return tenant.redeem(tenant.code(code_challenge=Verifier().challenge, code_challenge_method="S256"))


# --- single-page applications -----------------------------------------------------------------------------------


def spa_code(tenant, pkce):
    code = {"code_challenge": pkce.challenge, "code_challenge_method": "S256"}
    return tenant.code("anna", SPA, redirect_uri=tenant.redirect(SPA), **code)


def test_a_single_page_application_redeems_from_its_origin(tenant):
    pkce = Verifier()
    answer = tenant.redeem(
        spa_code(tenant, pkce), SPA, redirect_uri=tenant.redirect(SPA), code_verifier=pkce.verifier,
        headers={"Origin": "https://spa.example"},
    )
    assert answer.tokens() and answer.headers["access-control-allow-origin"] == "https://spa.example"


@refuses(9002325, place="redirect")
def test_a_single_page_application_without_pkce(tenant):
    return tenant.authorize("anna", SPA, redirect_uri=tenant.redirect(SPA))


@refuses(9002326)
def test_a_browser_redeems_the_code_of_a_web_application(tenant):
    code = tenant.code("anna", CONNECTOR, redirect_uri=tenant.redirect(CONNECTOR))
    secret = tenant.secret(CONNECTOR)
    origin = {"Origin": "https://connector.example"}
    return tenant.redeem(code, CONNECTOR, redirect_uri=tenant.redirect(CONNECTOR), client_secret=secret, headers=origin)


@refuses(9002327)
def test_a_server_redeems_the_code_of_a_single_page_application(tenant):
    pkce = Verifier()
    return tenant.redeem(spa_code(tenant, pkce), SPA, redirect_uri=tenant.redirect(SPA), code_verifier=pkce.verifier)


def test_a_refusal_at_the_redirect_uri_leaves_no_code(tenant):
    landing = tenant.authorize(response_type="everything")
    assert isinstance(landing, Landing) and "code" not in landing.params
    met(landing, 70005)
