"""What an organization refuses, each from state, met over HTTP with a token that is good."""

import concurrent.futures
import uuid

import pytest

from support.refusals import met_record, refuses_record
from support.tenant import CONNECTOR

BARE, STRANGER = "Contoso Connector without a role", "Contoso Connector without a user"
UNITED_KINGDOM, WORKSHOP = "Contoso United Kingdom", "Contoso Workshop"
USERS = "systemusers?$select=fullname&$top=1"


def user_id(tenant, user):
    """Its id in the main organization."""
    return tenant.system_user(user)["id"]


def patch(tenant, token, user, body, **headers):
    return tenant.web("PATCH", token, f"systemusers({user_id(tenant, user)})", body, **headers)


# --- coming in --------------------------------------------------------------------------------------------------


@refuses_record("0x80042f09")
def test_an_application_without_a_role(tenant):
    answer = tenant.get(tenant.app_access(BARE))
    assert user_id(tenant, BARE) in answer.json()["error"]["message"]
    return answer


@pytest.mark.rows("003-30")
def test_assigning_a_role_cures_it(tenant):
    token = tenant.access("ben")
    met_record(tenant.get(token), "0x80042f09")
    admin = tenant.access("admin")
    role = tenant.get(admin, "roles?$select=name&$filter=name eq 'Basic User'").json()["value"][0]["roleid"]
    link = {"@odata.id": f"{tenant.resource}/api/data/v9.2/roles({role})"}
    path = f"systemusers({user_id(tenant, 'ben')})/systemuserroles_association/$ref"
    assert tenant.web("POST", admin, path, link).status_code == 204
    assert tenant.get(token).status_code == 200


@refuses_record("0x80040220")
def test_a_table_without_the_privilege(tenant):
    return tenant.get(tenant.access("ben"), USERS)


@refuses_record("0x80095ffc")
def test_an_application_that_app_access_control_does_not_list(tenant):
    tenant.change_organization(allowed_apps=[str(uuid.uuid4())])
    return tenant.get(tenant.access("anna"))


@refuses_record("0x80040225")
def test_a_user_whom_an_administrator_disabled(tenant):
    tenant.system_user("anna", disabled=True)
    return tenant.get(tenant.access("anna"))


@refuses_record("0x80072560")
def test_an_application_that_is_no_user(tenant):
    return tenant.get(tenant.app_access(STRANGER))


@refuses_record("0x80072560")
def test_a_person_who_is_no_user(tenant):
    return tenant.get(tenant.access("nora"))


@refuses_record("0x8004d24b")
def test_a_user_whose_license_went(tenant):
    tenant.account("anna", licenses=[])
    return tenant.get(tenant.access("anna"))


@refuses_record("0x8004a104")
def test_an_organization_that_is_switched_off(tenant):
    tenant.change_organization(state="disabled")
    return tenant.get(tenant.app_access())


@refuses_record("0x8004b044")
def test_an_organization_that_is_being_moved(tenant):
    tenant.change_organization(state="moving")
    return tenant.get(tenant.app_access())


@refuses_record("0x8004d253")
def test_an_organization_that_is_not_set_up(tenant):
    tenant.change_organization(state="not-configured")
    return tenant.get(tenant.app_access())


@refuses_record("0x8004a113")
def test_an_organization_in_administration_mode(tenant):
    tenant.change_organization(admin_mode=True)
    return tenant.get(tenant.access("anna"))


@refuses_record("0x80095ffe")
def test_an_address_that_the_ip_firewall_does_not_list(tenant):
    tenant.change_organization(ip_firewall=["203.0.113.0/24"])
    return tenant.get(tenant.access("anna"))


@refuses_record("0x80041d2b")
def test_a_user_whose_settings_were_not_made_yet(tenant):
    scene = {"user": tenant.upn("anna"), "organization": tenant.organization["unique_name"]}
    tenant.change("POST", "/amendments", {"amendment": "settings-not-made", **scene})
    return tenant.get(tenant.access("anna"))


@refuses_record("0x8004032c")
def test_a_business_unit_that_is_switched_off(tenant):
    tenant.business_unit("North", "anna")
    token = tenant.access("anna")
    met_record(tenant.get(token), "0x80042f09")
    tenant.give_role("anna", "Basic User")
    assert tenant.get(token).status_code == 200
    tenant.change("PATCH", f"/organizations/{tenant.organization['id']}/units/North", {"disabled": True})
    return tenant.get(token)


def test_administration_mode_admits_administrators(tenant):
    tenant.change_organization(admin_mode=True)
    assert tenant.get(tenant.access("admin")).status_code == 200


# --- for somebody else ------------------------------------------------------------------------------------------


@refuses_record("0x8004a110")
def test_acting_for_somebody_without_the_privilege(tenant):
    return tenant.get(tenant.access("anna"), **{"MSCRMCallerID": user_id(tenant, "admin")})


@refuses_record("0x80048d1a")
def test_acting_for_nobody(tenant):
    return tenant.get(tenant.app_access(), **{"MSCRMCallerID": str(uuid.uuid4())})


def test_acting_for_somebody(tenant):
    anna = user_id(tenant, "anna")
    assert tenant.get(tenant.app_access(), **{"MSCRMCallerID": anna}).json()["UserId"] == anna


# --- writing ----------------------------------------------------------------------------------------------------


@refuses_record("0x80044502")
def test_writing_with_read_access(tenant):
    tenant.system_user("admin", access_mode="read")
    return patch(tenant, tenant.access("admin"), "ben", {"lastname": "New"})


@refuses_record("0x80048345")
def test_writing_by_support(tenant):
    tenant.system_user("admin", access_mode="support")
    return patch(tenant, tenant.access("admin"), "ben", {"lastname": "New"})


@refuses_record("0x80048d19")
def test_a_column_that_does_not_exist(tenant):
    return patch(tenant, tenant.access("admin"), "ben", {"nosuch": 1})


@refuses_record("0x80040203")
def test_a_value_that_does_not_exist(tenant):
    return patch(tenant, tenant.access("admin"), "ben", {"accessmode": 77})


@refuses_record("0x80060882")
def test_a_record_that_changed_in_between(tenant):
    return patch(tenant, tenant.access("admin"), "ben", {"lastname": "New"}, **{"If-Match": 'W/"1"'})


def associate(tenant, user, role):
    """An administrator gives the role that is of the administrator's own business unit, the root."""
    admin = tenant.access("admin")
    root = tenant.get(admin).json()["BusinessUnitId"]
    known = f"roles?$select=name&$filter=name eq '{role}' and _businessunitid_value eq {root}"
    role_id = tenant.get(admin, known).json()["value"][0]["roleid"]
    path = f"systemusers({user_id(tenant, user)})/systemuserroles_association/$ref"
    return tenant.web("POST", admin, path, {"@odata.id": f"roles({role_id})"})


@refuses_record("0x80040237")
def test_a_role_twice(tenant):
    return associate(tenant, "anna", "Basic User")


@refuses_record("0x80041409")
def test_a_role_of_another_business_unit(tenant):
    tenant.business_unit("North", "ben")
    return associate(tenant, "ben", "Basic User")


@refuses_record("0x8004d24c")
def test_enabling_a_user_without_license(tenant):
    admin = tenant.access("admin")
    assert patch(tenant, admin, "cora", {"isdisabled": True}).status_code == 204
    return patch(tenant, admin, "cora", {"isdisabled": False})


@refuses_record("0x80041d66")
def test_an_access_mode_that_needs_a_license(tenant):
    admin = tenant.access("admin")
    assert patch(tenant, admin, "cora", {"accessmode": 4}).status_code == 204
    return patch(tenant, admin, "cora", {"accessmode": 0})


def application_user(tenant, application, **more):
    token = tenant.access("admin")
    unit = tenant.get(token, "businessunits?$select=name").json()["value"][0]["businessunitid"]
    body = {"applicationid": application, "businessunitid@odata.bind": f"/businessunits({unit})", **more}
    return tenant.web("POST", token, "systemusers", body)


@refuses_record("0x80040d40")
def test_an_application_user_that_would_be_interactive(tenant):
    return application_user(tenant, tenant.client_id(STRANGER), accessmode=0)


@refuses_record("0x8004f511")
def test_a_second_user_for_an_application(tenant):
    return application_user(tenant, tenant.client_id(CONNECTOR))


@refuses_record("0x80041d49")
def test_an_application_the_directory_does_not_know(tenant):
    return application_user(tenant, str(uuid.uuid4()))


def test_an_application_becomes_a_user(tenant):
    assert application_user(tenant, tenant.client_id(STRANGER)).status_code == 204
    met_record(tenant.get(tenant.app_access(STRANGER)), "0x80042f09")


# --- reading ----------------------------------------------------------------------------------------------------


@refuses_record("0x80040217")
def test_a_record_that_does_not_exist(tenant):
    return tenant.get(tenant.app_access(), f"roles({uuid.uuid4()})")


@refuses_record("0x8006088a")
def test_a_table_that_is_not_here(tenant):
    return tenant.get(tenant.app_access(), "accounts")


@refuses_record("0x80060888")
def test_a_query_that_names_what_is_not_there(tenant):
    return tenant.get(tenant.app_access(), "systemusers?$select=nosuch")


@refuses_record("0x80041102")
def test_the_definition_of_a_table_that_is_not_here(tenant):
    return tenant.get(tenant.app_access(), "EntityDefinitions(LogicalName='account')")


@refuses_record("0x80041103")
def test_the_definition_of_a_column_that_is_not_here(tenant):
    return tenant.get(tenant.app_access(), "EntityDefinitions(LogicalName='role')/Attributes(LogicalName='nosuch')")


def test_a_query_it_does_not_understand_is_not_answered(tenant):
    answer = tenant.get(tenant.app_access(), "systemusers?$apply=aggregate($count as n)")
    assert answer.status_code == 501 and "value" not in answer.text[:20]


# --- service protection -----------------------------------------------------------------------------------------


@refuses_record("0x80072322")
def test_too_many_requests(tenant):
    tenant.settings(service_protection={"requests": 2})
    token = tenant.app_access()
    assert [tenant.get(token).status_code for _ in range(2)] == [200, 200]
    answer = tenant.get(token)
    assert int(answer.headers["retry-after"]) > 0
    return answer


def test_the_window_passes(tenant):
    tenant.settings(service_protection={"requests": 1, "window_seconds": 300})
    token = tenant.app_access()
    assert tenant.get(token).status_code == 200
    wait = int(tenant.get(token).headers["retry-after"])
    tenant.advance(seconds=wait)
    assert tenant.get(token).status_code == 200


@refuses_record("0x80072321")
def test_too_much_execution_time(tenant):
    tenant.settings(service_protection={"execution_millis": 0})
    token = tenant.app_access()
    tenant.get(token)
    return tenant.get(token)


@refuses_record("0x80072326")
def test_too_many_requests_at_once(tenant):
    tenant.settings(service_protection={"concurrent": 0})
    return tenant.get(tenant.app_access())


# --- tokens -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoil", [
    lambda token: "", lambda token: "x", lambda token: token[:-3] + "AAA", lambda token: token.rsplit(".", 1)[0] + ".",
])
def test_a_token_that_is_none(tenant, spoil):
    answer = tenant.get(spoil(tenant.app_access()))
    assert answer.status_code == 401 and not answer.content
    assert "authorization_uri=" in answer.headers["www-authenticate"]


def test_a_token_after_its_end(tenant):
    token = tenant.app_access()
    tenant.advance(hours=2)
    assert tenant.get(token).status_code == 401


def test_a_token_for_another_resource(tenant):
    graph = tenant.app_token(scope="https://graph.microsoft.com/.default").tokens()["access_token"]
    assert tenant.get(graph).status_code == 401


def test_a_token_of_another_tenant(tenant, new_tenant):
    assert tenant.get(new_tenant().app_access()).status_code == 401


@pytest.mark.rows("003-23")
def test_the_right_name_under_the_wrong_region(tenant):
    """The proxy knows every region's suffix and plays the name, or refuses it by name; it never calls out."""
    import requests

    wrong = tenant.resource.replace("crm4", "crm5")
    with pytest.raises(requests.exceptions.ProxyError, match="502"):
        requests.get(f"{wrong}/api/data/v9.2/WhoAmI", timeout=30)


def test_many_at_once(tenant):
    token = tenant.app_access()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda _: tenant.get(token).status_code, range(64))) == {200}
