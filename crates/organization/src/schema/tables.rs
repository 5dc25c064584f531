//! The columns, table by table, and the relationships.

use std::borrow::Cow;

use types::{SystemUserId, Timestamp};
use wire::odata::Value;

use super::{
    Column, Get,
    Get::{Organization, Privilege, Role, Unit, User},
    Holds,
    Holds::{BigInt, Bool, Guid, Id, Int, Lookup, Picklist, Text, Time},
    Relationship, Write,
    Write::{Always, Create, Never},
};
use crate::model::OrganizationState;

const NO_YES: Holds = Bool(["No", "Yes"]);
const ON_OFF: Holds = Bool(["Enabled", "Disabled"]);
const MANAGED: Holds = Bool(["Unmanaged", "Managed"]);
const ACCESS_MODES: Holds = Picklist(&[
    (0, "Read-Write"),
    (1, "Administrative"),
    (2, "Read"),
    (3, "Support User"),
    (4, "Non-interactive"),
    (5, "Delegated Admin"),
]);

const fn column(
    logical: &'static str,
    schema: &'static str,
    display: &'static str,
    holds: Holds,
    write: Write,
    get: Get,
) -> Column {
    Column {
        logical,
        schema,
        display,
        holds,
        write,
        get,
    }
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn maybe(text: Option<&str>) -> Value<'_> {
    text.filter(|text| !text.is_empty())
        .map_or(Value::Null, |text| Value::Text(Cow::Borrowed(text)))
}

fn id(id: impl Into<Option<types::Uuid>>) -> Value<'static> {
    id.into().map_or(Value::Null, Value::Guid)
}

fn person(id: Option<SystemUserId>) -> Value<'static> {
    id.map_or(Value::Null, |id| Value::Guid(id.uuid()))
}

fn time(moment: Timestamp) -> Value<'static> {
    Value::Time(moment)
}

fn number(number: u64) -> Value<'static> {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Users.
pub(super) static SYSTEM_USER: &[Column] = &[
    column(
        "systemuserid",
        "SystemUserId",
        "User",
        Id,
        Create,
        User(|u| id(u.id.uuid())),
    ),
    column(
        "fullname",
        "FullName",
        "Full Name",
        Text(200),
        Never,
        User(|u| Value::Text(Cow::Owned(u.full_name()))),
    ),
    column(
        "firstname",
        "FirstName",
        "First Name",
        Text(256),
        Always,
        User(|u| maybe(Some(&u.first_name))),
    ),
    column(
        "lastname",
        "LastName",
        "Last Name",
        Text(256),
        Always,
        User(|u| maybe(Some(&u.last_name))),
    ),
    column(
        "domainname",
        "DomainName",
        "User Name",
        Text(1024),
        Create,
        User(|u| text(&u.domain_name)),
    ),
    column(
        "internalemailaddress",
        "InternalEMailAddress",
        "Primary Email",
        Text(100),
        Always,
        User(|u| maybe(u.email.as_deref())),
    ),
    column(
        "azureactivedirectoryobjectid",
        "AzureActiveDirectoryObjectId",
        "Azure AD Object ID",
        Guid,
        Never,
        User(|u| id(u.object.map(types::ObjectId::uuid))),
    ),
    column(
        "applicationid",
        "ApplicationId",
        "Application ID",
        Guid,
        Create,
        User(|u| id(u.application.map(types::AppId::uuid))),
    ),
    column(
        "isdisabled",
        "IsDisabled",
        "Status",
        ON_OFF,
        Always,
        User(|u| Value::Bool(u.disabled.is_some())),
    ),
    column(
        "accessmode",
        "AccessMode",
        "Access Mode",
        ACCESS_MODES,
        Always,
        User(|u| Value::Int(u.access_mode.number().into())),
    ),
    column(
        "setupuser",
        "SetupUser",
        "Restricted Access Mode",
        NO_YES,
        Never,
        User(|u| Value::Bool(u.setup)),
    ),
    column(
        "isintegrationuser",
        "IsIntegrationUser",
        "Integration user mode",
        NO_YES,
        Never,
        User(|u| Value::Bool(u.is_application())),
    ),
    column(
        "businessunitid",
        "BusinessUnitId",
        "Business Unit",
        Lookup("businessunit", Some("businessunitid")),
        Create,
        User(|u| id(u.unit.map(types::BusinessUnitId::uuid))),
    ),
    column(
        "organizationid",
        "OrganizationId",
        "Organization",
        Guid,
        Never,
        User(|u| id(u.organization.uuid())),
    ),
    column(
        "createdon",
        "CreatedOn",
        "Created On",
        Time,
        Never,
        User(|u| time(u.created)),
    ),
    column(
        "createdby",
        "CreatedBy",
        "Created By",
        Lookup("systemuser", Some("createdby")),
        Never,
        User(|u| person(u.created_by)),
    ),
    column(
        "createdonbehalfby",
        "CreatedOnBehalfBy",
        "Created By (Delegate)",
        Lookup("systemuser", Some("createdonbehalfby")),
        Never,
        User(|u| person(u.created_on_behalf_by)),
    ),
    column(
        "modifiedon",
        "ModifiedOn",
        "Modified On",
        Time,
        Never,
        User(|u| time(u.modified)),
    ),
    column(
        "modifiedby",
        "ModifiedBy",
        "Modified By",
        Lookup("systemuser", Some("modifiedby")),
        Never,
        User(|u| person(u.modified_by)),
    ),
    column(
        "versionnumber",
        "VersionNumber",
        "Version number",
        BigInt,
        Never,
        User(|u| number(u.version_number)),
    ),
];

/// Security roles.
pub(super) static ROLE: &[Column] = &[
    column("roleid", "RoleId", "Role", Id, Create, Role(|r| id(r.id.uuid()))),
    column("name", "Name", "Name", Text(100), Always, Role(|r| text(&r.name))),
    column(
        "businessunitid",
        "BusinessUnitId",
        "Business Unit",
        Lookup("businessunit", Some("businessunitid")),
        Create,
        Role(|r| id(r.unit.uuid())),
    ),
    column(
        "roletemplateid",
        "RoleTemplateId",
        "Role Template ID",
        Lookup("roletemplate", None),
        Never,
        Role(|r| id(r.template)),
    ),
    column(
        "organizationid",
        "OrganizationId",
        "Organization",
        Guid,
        Never,
        Role(|r| id(r.organization.uuid())),
    ),
    column(
        "ismanaged",
        "IsManaged",
        "State",
        MANAGED,
        Never,
        Role(|r| Value::Bool(r.template.is_some())),
    ),
    column(
        "createdon",
        "CreatedOn",
        "Created On",
        Time,
        Never,
        Role(|r| time(r.created)),
    ),
    column(
        "modifiedon",
        "ModifiedOn",
        "Modified On",
        Time,
        Never,
        Role(|r| time(r.modified)),
    ),
    column(
        "versionnumber",
        "VersionNumber",
        "Version number",
        BigInt,
        Never,
        Role(|r| number(r.version_number)),
    ),
];

/// Business units.
pub(super) static BUSINESS_UNIT: &[Column] = &[
    column(
        "businessunitid",
        "BusinessUnitId",
        "Business Unit",
        Id,
        Never,
        Unit(|b| id(b.id.uuid())),
    ),
    column("name", "Name", "Name", Text(160), Never, Unit(|b| text(&b.name))),
    column(
        "isdisabled",
        "IsDisabled",
        "Is Disabled",
        ON_OFF,
        Never,
        Unit(|b| Value::Bool(b.disabled)),
    ),
    column(
        "parentbusinessunitid",
        "ParentBusinessUnitId",
        "Parent Business",
        Lookup("businessunit", Some("parentbusinessunitid")),
        Never,
        Unit(|b| id(b.parent.map(types::BusinessUnitId::uuid))),
    ),
    column(
        "organizationid",
        "OrganizationId",
        "Organization",
        Lookup("organization", Some("organizationid")),
        Never,
        Unit(|b| id(b.organization.uuid())),
    ),
    column(
        "createdon",
        "CreatedOn",
        "Created On",
        Time,
        Never,
        Unit(|b| time(b.created)),
    ),
    column(
        "modifiedon",
        "ModifiedOn",
        "Modified On",
        Time,
        Never,
        Unit(|b| time(b.modified)),
    ),
    column(
        "versionnumber",
        "VersionNumber",
        "Version number",
        BigInt,
        Never,
        Unit(|b| number(b.version_number)),
    ),
];

/// The organization itself; its `name` is the unique name.
pub(super) static ORGANIZATION: &[Column] = &[
    column(
        "organizationid",
        "OrganizationId",
        "Organization",
        Id,
        Never,
        Organization(|o| id(o.id.uuid())),
    ),
    column(
        "name",
        "Name",
        "Organization Name",
        Text(160),
        Never,
        Organization(|o| text(&o.unique_name)),
    ),
    column(
        "languagecode",
        "LanguageCode",
        "Language",
        Int,
        Never,
        Organization(|_| Value::Int(1033)),
    ),
    column(
        "localeid",
        "LocaleId",
        "Locale",
        Int,
        Never,
        Organization(|_| Value::Int(1033)),
    ),
    column(
        "isdisabled",
        "IsDisabled",
        "Is Organization Disabled",
        NO_YES,
        Never,
        Organization(|o| Value::Bool(o.state == OrganizationState::Disabled)),
    ),
    column(
        "createdon",
        "CreatedOn",
        "Created On",
        Time,
        Never,
        Organization(|o| time(o.created)),
    ),
    column(
        "modifiedon",
        "ModifiedOn",
        "Modified On",
        Time,
        Never,
        Organization(|o| time(o.modified)),
    ),
    column(
        "versionnumber",
        "VersionNumber",
        "Version Number",
        BigInt,
        Never,
        Organization(|o| number(o.version_number)),
    ),
];

/// Privileges, the same in every organization.
pub(super) static PRIVILEGE: &[Column] = &[
    column(
        "privilegeid",
        "PrivilegeId",
        "Privilege",
        Id,
        Never,
        Privilege(|p| id(p.id())),
    ),
    column(
        "name",
        "Name",
        "Name",
        Text(100),
        Never,
        Privilege(|p| text(p.name)),
    ),
    column(
        "accessright",
        "AccessRight",
        "Access Right",
        Int,
        Never,
        Privilege(|p| Value::Int(p.access_right())),
    ),
];

/// How the tables lead to each other.
pub(crate) static RELATIONSHIPS: &[Relationship] = &[
    Relationship::ManyToMany {
        schema: "systemuserroles_association",
        intersect: "systemuserroles",
        first: "systemuser",
        second: "role",
    },
    Relationship::ManyToMany {
        schema: "roleprivileges_association",
        intersect: "roleprivileges",
        first: "role",
        second: "privilege",
    },
    one_to_many(
        "business_unit_system_users",
        "businessunit",
        "systemuser",
        "businessunitid",
    ),
    one_to_many("business_unit_roles", "businessunit", "role", "businessunitid"),
    one_to_many(
        "business_unit_parent_business_unit",
        "businessunit",
        "businessunit",
        "parentbusinessunitid",
    ),
    one_to_many(
        "organization_business_units",
        "organization",
        "businessunit",
        "organizationid",
    ),
    one_to_many(
        "lk_systemuserbase_createdby",
        "systemuser",
        "systemuser",
        "createdby",
    ),
    one_to_many(
        "lk_systemuser_createdonbehalfby",
        "systemuser",
        "systemuser",
        "createdonbehalfby",
    ),
    one_to_many(
        "lk_systemuserbase_modifiedby",
        "systemuser",
        "systemuser",
        "modifiedby",
    ),
];

const fn one_to_many(
    schema: &'static str,
    one: &'static str,
    many: &'static str,
    lookup: &'static str,
) -> Relationship {
    Relationship::OneToMany {
        schema,
        one,
        many,
        lookup,
    }
}
