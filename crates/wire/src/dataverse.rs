//! The error codes of Dataverse and Dynamics CRM that an organization can answer with: one table
//! (facts/organization.md 3.4 and 5), from which the server writes and by which the doctor recognizes.
//!
//! The Web API sends the code as a hex string, SOAP as a signed integer, the browser dialogs unsigned. A
//! sentence is a template: `{0}`, `{1}` … are filled by whoever refuses. To add a code: one constant, its
//! line in [`ALL`], and the state that reaches it in `organization`'s tests, which compare themselves with
//! the table.

mod fault;

use crate::Grade::{Literal, Recalled, Reconstructed};

pub use fault::Fault;
use fault::fault;

/// A privilege is missing. The wire text is the "Principal user" form of facts 5.7: 0 user id, 1 number of
/// roles, 2 number of privileges, 3 access mode, 4 privilege name, 5 privilege id, 6 object type code,
/// 7 table, 8 caller's id.
pub const PRIVILEGE_DENIED: Fault = fault(
    "PrivilegeDenied",
    0x8004_0220,
    403,
    Reconstructed,
    "facts/organization.md 5.1 and 5.7",
    "Principal user (Id={0}, type=8, roleCount={1}, privilegeCount={2}, accessMode={3}), is missing {4} privilege (Id={5}) on OTC={6} for entity '{7}'. context.Caller={8}",
);
/// No role at all: 0 user id.
pub const USER_NOT_ASSIGNED_ROLES: Fault = fault(
    "UserNotAssignedRoles",
    0x8004_2f09,
    403,
    Literal,
    "facts/organization.md 5.7",
    "RetrievePrivilegeForUser: The user with id {0} has not been assigned any roles. They need a role with the prvReadUser privilege.",
);
/// Disabled in the organization, or in no (enabled) business unit.
pub const USER_NOT_ENABLED: Fault = fault(
    "unManagedidsusernotenabled",
    0x8004_0225,
    403,
    Literal,
    "facts/organization.md 5.2",
    "The specified user is either disabled or is not a member of any business unit.",
);
/// The token is good and names nobody here.
pub const USER_NOT_MEMBER_OF_ORG: Fault = fault(
    "UserNotMemberOfOrg",
    0x8007_2560,
    403,
    Literal,
    "facts/organization.md 5.2",
    "The user is not a member of the organization.",
);
/// A user record without a license behind it. The status is unverified.
pub const USER_NOT_ASSIGNED_LICENSE: Fault = fault(
    "UserNotAssignedLicense",
    0x8004_d24b,
    403,
    Literal,
    "facts/organization.md 5.2",
    "The user has not been assigned any License",
);
/// Switched off by an administrator. The status is unverified.
pub const ORGANIZATION_DISABLED: Fault = fault(
    "OrganizationDisabled",
    0x8004_a104,
    403,
    Literal,
    "facts/organization.md 5.3",
    "The CRM organization you are attempting to access is currently disabled.  Please contact your system administrator",
);
/// Being moved to another place. The status is unverified.
pub const ORGANIZATION_MOVING: Fault = fault(
    "OrganizationMigrationUnderway",
    0x8004_b044,
    403,
    Literal,
    "facts/organization.md 5.3",
    "Organization migration is already underway.",
);
/// Provisioned, and nobody finished setting it up. The status is unverified.
pub const ORGANIZATION_NOT_CONFIGURED: Fault = fault(
    "OrganizationNotConfigured",
    0x8004_d253,
    403,
    Literal,
    "facts/organization.md 5.3",
    "Organization is not configured yet",
);
/// Disabled while signed in with a browser. That a browser's session is the ticket, and the status, are unverified.
pub const SYSTEM_USER_DISABLED: Fault = fault(
    "SystemUserDisabled",
    0x8004_a112,
    403,
    Literal,
    "facts/organization.md 5.2",
    "The system user was disabled therefore the ticket expired.",
);
/// Administration mode admits System Administrators and System Customizers only.
pub const ADMIN_ONLY_MODE: Fault = fault(
    "UserDoesNotHaveAdminOnlyModePermissions",
    0x8004_a113,
    403,
    Literal,
    "facts/organization.md 5.3",
    "User does not have required privileges (or role membership) to access the org when it is in Admin Only mode.",
);
/// The environment's IP firewall does not list the caller's address. The name is ours; the code is recalled.
pub const ADDRESS_BLOCKED: Fault = fault(
    "AddressBlocked",
    0x8009_5ffe,
    403,
    Literal,
    "power-platform admin/ip-firewall (the sentence)",
    "The request you are trying to make is rejected as access to your IP is blocked. Contact your administrator for more information.",
);
/// The row of the user's settings is not there yet. The status is unverified.
pub const USER_SETTINGS_NOT_CREATED: Fault = fault(
    "unManagedidsbizmgmtusersettingsnotcreated",
    0x8004_1d2b,
    403,
    Literal,
    "facts/organization.md 5.2",
    "The specified user's settings have not yet been created.",
);
/// Impersonation without `prvActOnBehalfOfAnotherUser`.
pub const CANNOT_ACT_ON_BEHALF: Fault = fault(
    "CannotActOnBehalfOfAnotherUser",
    0x8004_a110,
    403,
    Literal,
    "facts/organization.md 5.1",
    "User does not have the privilege to act on behalf another user.",
);
/// The impersonated user is nobody here. The sentence was not captured; the status is unverified.
pub const INVALID_CALLER_ID: Fault = fault(
    "InvalidCallerId",
    0x8004_8d1a,
    400,
    Reconstructed,
    "facts/organization.md 5.1",
    "The caller id {0} is not a valid user of this organization.",
);
/// A write by someone with read access only. Documented for the Outlook client; on this wire unverified.
pub const INSUFFICIENT_ACCESS_MODE: Fault = fault(
    "InsufficientAccessMode",
    0x8004_4502,
    403,
    Literal,
    "facts/organization.md 5.2",
    "User does not have read-write access to the CRM organization.",
);
/// A write by Microsoft's support account.
pub const SUPPORT_USER: Fault = fault(
    "InsufficientPrivilegesSupportUser",
    0x8004_8345,
    403,
    Literal,
    "facts/organization.md 5.1",
    "Support user does not have permission to perform this operation.",
);
/// The user's business unit is switched off.
pub const BUSINESS_NOT_ENABLED: Fault = fault(
    "BusinessNotEnabled",
    0x8004_032c,
    403,
    Literal,
    "facts/organization.md 5.2",
    "The specified business unit is disabled.",
);
/// Too many requests: 0 the limit, 1 the window in seconds.
pub const THROTTLED_REQUESTS: Fault = fault(
    "ThrottlingBurstRequestLimitExceededError",
    0x8007_2322,
    429,
    Literal,
    "facts/organization.md 3.5",
    "Number of requests exceeded the limit of {0} over time window of {1} seconds.",
);
/// Too much execution time: 0 the limit in milliseconds, with thousands separators, 1 the window in seconds.
pub const THROTTLED_TIME: Fault = fault(
    "ThrottlingTimeExceededError",
    0x8007_2321,
    429,
    Literal,
    "facts/organization.md 3.5",
    "Combined execution time of incoming requests exceeded limit of {0} milliseconds over time window of {1} seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
);
/// Too many requests at once: 0 the limit.
pub const THROTTLED_CONCURRENCY: Fault = fault(
    "ThrottlingConcurrencyLimitExceededError",
    0x8007_2326,
    429,
    Literal,
    "facts/organization.md 3.5",
    "Number of concurrent requests exceeded the limit of {0}.",
);
/// No such record: 0 table, 1 id.
pub const OBJECT_DOES_NOT_EXIST: Fault = fault(
    "ObjectDoesNotExist",
    0x8004_0217,
    404,
    Literal,
    "captured batch answer in a public client's tests",
    "{0} With Id = {1} Does Not Exist",
);
/// No such resource: 0 the path segment.
pub const SEGMENT_NOT_FOUND: Fault = fault(
    "ODataResourceNotFound",
    0x8006_088a,
    404,
    Literal,
    "powerapps-docs custom-api (error sample)",
    "Resource not found for the segment '{0}'.",
);
/// A query that cannot be read, or names what is not there: 0 the whole sentence of the OData library.
pub const BAD_QUERY: Fault = fault(
    "ODataBadRequest",
    0x8006_0888,
    400,
    Recalled,
    "code and form seen in public issue reports",
    "{0}",
);
/// No such table: 0 its logical name.
pub const NO_ENTITY: Fault = fault(
    "QueryBuilderNoEntity",
    0x8004_1102,
    404,
    Recalled,
    "sentence seen in public issue reports; status unverified",
    "The entity with a name = '{0}' with namemapping = 'Logical' was not found in the MetadataCache.",
);
/// No such column: 0 its name, 1 the table.
pub const NO_ATTRIBUTE: Fault = fault(
    "QueryBuilderNoAttribute",
    0x8004_1103,
    404,
    Recalled,
    "status unverified",
    "'{1}' entity doesn't contain attribute with Name = '{0}' and NameMapping = 'Logical'.",
);
/// A body that cannot be read: 0 the entity set, 1 the inner sentence.
pub const BAD_PAYLOAD: Fault = fault(
    "ODataInvalidPayload",
    0x8004_8d19,
    400,
    Literal,
    "public issue reports, sentence in full",
    "Error identified in Payload provided by the user for Entity :'{0}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : {1}",
);
/// A column that may not be written: 0 the inner sentence.
pub const INVALID_ARGUMENT: Fault = fault(
    "InvalidArgument",
    0x8004_0203,
    400,
    Recalled,
    "code known, sentences vary",
    "{0}",
);
/// The record changed under the caller's `If-Match`.
pub const VERSION_MISMATCH: Fault = fault(
    "ConcurrencyVersionMismatch",
    0x8006_0882,
    412,
    Literal,
    "powerapps-docs conditional operations sample",
    "The version of the existing record doesn't match the RowVersion property provided.",
);
/// It is there already.
pub const DUPLICATE_RECORD: Fault = fault(
    "DuplicateRecord",
    0x8004_0237,
    412,
    Recalled,
    "facts/organization.md 3.4 has the name and status",
    "Cannot insert duplicate key.",
);
/// A role of one business unit for a user of another: 0 user, 1 their unit, 2 role, 3 its unit.
pub const USER_IN_WRONG_BUSINESS: Fault = fault(
    "UserInWrongBusiness",
    0x8004_1409,
    400,
    Literal,
    "powerapps-docs data-service-error-codes",
    "Cannot associate security role because the security role's Business Unit is not the same as the user's Business Unit. Details: userid={0}, userBU={1}, roleId={2}, roleBU={3}",
);
/// App access control does not list the application: 0 its client id. The name is ours.
pub const APPLICATION_RESTRICTED: Fault = fault(
    "ApplicationRestricted",
    0x8009_5ffc,
    403,
    Literal,
    "PowerPlatform-DataverseServiceClient issue 528",
    "Access to Dataverse API is restricted for this application Id : '{0}'. Please contact your administrator for more information.",
);
/// Enabling someone who has no license. The status is unverified.
pub const CANNOT_ENABLE_WITHOUT_LICENSE: Fault = fault(
    "UserCannotEnableWithoutLicense",
    0x8004_d24c,
    403,
    Literal,
    "facts/organization.md 5.2",
    "Cannot enable an unlicensed user",
);
/// An access mode that needs a license, for someone who has none. The end of the sentence was cut off in the
/// capture; the status is unverified.
pub const INVALID_ACCESS_MODE_TRANSITION: Fault = fault(
    "InvalidAccessModeTransition",
    0x8004_1d66,
    400,
    Reconstructed,
    "facts/organization.md 5.2",
    "The client access license cannot be changed because the user does not have a Microsoft Dynamics CRM Online license. To change the access mode, you must first add a license for this user.",
);
/// An application user stays non-interactive. The status is unverified.
pub const APPLICATION_USER_ACCESS_MODE: Fault = fault(
    "ApplicationUserCannotChangeAccessMode",
    0x8004_0d40,
    400,
    Literal,
    "powerapps-docs data-service-error-codes",
    "An application user's access mode cannot be changed.",
);
/// The application has its user already: 0 the application id. The sentence was not captured; the status is
/// unverified.
pub const DUPLICATE_APPLICATION_USER: Fault = fault(
    "DuplicateApplicationUser",
    0x8004_f511,
    400,
    Reconstructed,
    "facts/organization.md 5.4",
    "An application user with the application id {0} already exists in this organization.",
);
/// The directory does not know the application. The status is unverified.
pub const APPLICATION_NOT_REGISTERED: Fault = fault(
    "ApplicationNotRegisteredWithDeployment",
    0x8004_1d49,
    400,
    Literal,
    "facts/organization.md 5.4",
    "Application needs to be registered and enabled at deployment level before it can be created for this organization",
);
/// Something on our side failed.
pub const UNEXPECTED: Fault = fault(
    "UnExpected",
    0x8004_0216,
    500,
    Literal,
    "facts/organization.md 5.5",
    "An unexpected error occurred.",
);

/// The whole table.
pub static ALL: &[&Fault] = &[
    &PRIVILEGE_DENIED,
    &USER_NOT_ASSIGNED_ROLES,
    &USER_NOT_ENABLED,
    &USER_NOT_MEMBER_OF_ORG,
    &USER_NOT_ASSIGNED_LICENSE,
    &ORGANIZATION_DISABLED,
    &ORGANIZATION_MOVING,
    &ORGANIZATION_NOT_CONFIGURED,
    &SYSTEM_USER_DISABLED,
    &ADMIN_ONLY_MODE,
    &ADDRESS_BLOCKED,
    &USER_SETTINGS_NOT_CREATED,
    &CANNOT_ACT_ON_BEHALF,
    &INVALID_CALLER_ID,
    &INSUFFICIENT_ACCESS_MODE,
    &SUPPORT_USER,
    &BUSINESS_NOT_ENABLED,
    &THROTTLED_REQUESTS,
    &THROTTLED_TIME,
    &THROTTLED_CONCURRENCY,
    &OBJECT_DOES_NOT_EXIST,
    &SEGMENT_NOT_FOUND,
    &BAD_QUERY,
    &NO_ENTITY,
    &NO_ATTRIBUTE,
    &BAD_PAYLOAD,
    &INVALID_ARGUMENT,
    &VERSION_MISMATCH,
    &DUPLICATE_RECORD,
    &USER_IN_WRONG_BUSINESS,
    &APPLICATION_RESTRICTED,
    &CANNOT_ENABLE_WITHOUT_LICENSE,
    &INVALID_ACCESS_MODE_TRANSITION,
    &APPLICATION_USER_ACCESS_MODE,
    &DUPLICATE_APPLICATION_USER,
    &APPLICATION_NOT_REGISTERED,
    &UNEXPECTED,
];

/// What the browser shows a person without a role (row 003-29; facts/organization.md 5.7). It has no code.
pub const NO_ROLE_PAGE: &str = "The selected user or the user trying to log on has not been assigned a security role, and does not have sufficient privileges for this action";

/// Finds a code however it was written: `0x80042F09`, `80042f09`, `-2147209463`, `2147757833`.
pub fn find(text: &str) -> Option<&'static Fault> {
    let text = text.trim();
    let by_code = |code: u32| ALL.iter().copied().find(|fault| fault.code == code);
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return by_code(u32::from_str_radix(hex, 16).ok()?);
    }
    let decimal = text.parse::<i64>().ok();
    let decimal = decimal.and_then(|n| {
        i32::try_from(n)
            .map(i32::cast_unsigned)
            .or_else(|_| u32::try_from(n))
            .ok()
    });
    // Eight digits may be either; no code is small enough to be meant as a decimal below 2^31.
    decimal
        .and_then(by_code)
        .or_else(|| by_code(u32::from_str_radix(text, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_stand_once() {
        for (i, a) in ALL.iter().enumerate() {
            assert!(a.code >= 0x8000_0000 && (400..=599).contains(&a.status), "{a:?}");
            assert!(!a.source.is_empty());
            for b in &ALL[i + 1..] {
                assert_ne!(a.code, b.code);
                assert_ne!(a.name, b.name);
            }
        }
    }

    #[test]
    fn the_three_spellings_of_the_fact_sheet() {
        for (fault, hex, signed) in [
            (&USER_NOT_ASSIGNED_ROLES, "0x80042f09", -2_147_209_463),
            (&USER_NOT_MEMBER_OF_ORG, "0x80072560", -2_147_015_328),
            (&ORGANIZATION_DISABLED, "0x8004a104", -2_147_180_284),
            (&THROTTLED_REQUESTS, "0x80072322", -2_147_015_902),
        ] {
            assert_eq!((fault.hex().as_str(), fault.signed()), (hex, signed));
            for text in [
                hex,
                &hex.to_uppercase(),
                &hex[2..],
                &signed.to_string(),
                &fault.code.to_string(),
            ] {
                assert_eq!(find(text), Some(fault), "{text}");
            }
        }
        for none in ["", "0x", "0x80040000", "yes", "99999999999"] {
            assert_eq!(find(none), None);
        }
    }

    #[test]
    fn blanks_are_filled_in_order() {
        assert_eq!(
            THROTTLED_REQUESTS.message(&[&6000, &300]),
            "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
        );
        assert_eq!(
            OBJECT_DOES_NOT_EXIST.message(&[&"role"]),
            "role With Id = {1} Does Not Exist"
        );
    }
}
