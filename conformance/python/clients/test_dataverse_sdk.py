"""PowerPlatform-Dataverse-Client: connect, read system users, and the refusals as its own `HttpError`."""

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError

from support.tenant import CONNECTOR


def client(tenant, app=CONNECTOR, *, secret=None, organization=None):
    credential = ClientSecretCredential(tenant.id, tenant.client_id(app), secret or tenant.secret(app))
    where = tenant.organizations[organization] if organization else tenant.organization
    return DataverseClient(where["true_url"], credential)


def users(dataverse, **query):
    return [user for page in dataverse.records.list_pages("systemuser", **query) for user in page]


def refused(dataverse, code, status):
    with dataverse, pytest.raises(HttpError) as caught:
        users(dataverse, select=["fullname"])
    error = caught.value
    assert error.details["service_error_code"] == code, error.to_dict()
    assert error.status_code == status
    return error


def test_read_system_users(tenant):
    with client(tenant) as dataverse:
        found = {user["domainname"]: user for user in users(dataverse, select=["fullname", "domainname", "isdisabled"])}
    assert found[tenant.upn("anna")]["fullname"] == "Anna Able"
    assert found[tenant.upn("lena")]["isdisabled"] is True


def test_filter_order_and_page(tenant):
    with client(tenant) as dataverse:
        pages = list(dataverse.records.list_pages(
            "systemuser", select=["fullname"], filter="isdisabled eq false", orderby=["fullname asc"], page_size=3
        ))
    names = [user["fullname"] for page in pages for user in page]
    assert len(pages) > 1 and names == sorted(names)


def test_retrieve_one(tenant):
    with client(tenant) as dataverse:
        some = users(dataverse, select=["fullname"], top=1)[0]
        one = dataverse.records.retrieve("systemuser", some["systemuserid"], select=["fullname"])
    assert one["fullname"] == some["fullname"]


def test_table_information(tenant):
    with client(tenant) as dataverse:
        info = dataverse.tables.get("systemuser")
    assert info and info["entity_set_name"] == "systemusers"


def test_an_application_without_a_role(tenant):
    refused(client(tenant, "Contoso Connector without a role"), "0x80040220", 403)


def test_an_application_without_a_user(tenant):
    refused(client(tenant, "Contoso Connector without a user"), "0x80072560", 403)


def test_an_organization_that_is_switched_off(tenant):
    refused(client(tenant, organization="Contoso United Kingdom"), "0x8004a104", 403)


def test_an_organization_in_administration_mode(tenant):
    refused(client(tenant, organization="Contoso Workshop"), "0x8004a113", 403)


def test_a_user_who_was_disabled(tenant):
    tenant.system_user(CONNECTOR, disabled=True)
    refused(client(tenant), "0x80040225", 403)


def test_too_many_requests(tenant):
    # One to learn the table's address, one to read it.
    tenant.settings(service_protection={"requests": 2})
    dataverse = client(tenant)
    with dataverse:
        users(dataverse, select=["fullname"], top=1)
        with pytest.raises(HttpError) as caught:
            users(dataverse, select=["fullname"], top=1)
    error = caught.value
    assert error.details["service_error_code"] == "0x80072322" and error.is_transient
    assert int(error.details["retry_after"]) > 0


def test_a_table_that_does_not_exist(tenant):
    with client(tenant) as dataverse, pytest.raises(MetadataError) as caught:
        list(dataverse.records.list_pages("nothing"))
    assert caught.value.subcode == "metadata_entityset_not_found"


def test_a_wrong_secret_is_the_credentials_own_error(tenant):
    with client(tenant, secret="wrong") as dataverse, pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        users(dataverse)
