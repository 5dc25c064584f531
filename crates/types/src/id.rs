//! The GUIDs of the field, each a type of its own so that a tenant id cannot stand where a client id belongs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a GUID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a GUID (32 hexadecimal digits as 8-4-4-4-12)")]
pub struct BadGuid(pub String);

macro_rules! guid {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Gives `id` its meaning.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare GUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = BadGuid;
            fn from_str(text: &str) -> Result<Self, BadGuid> {
                // The hyphenated form only: braces, URN and bare digits are not what the services accept.
                if text.len() != 36 {
                    return Err(BadGuid(text.to_owned()));
                }
                Uuid::try_parse(text).map(Self).map_err(|_| BadGuid(text.to_owned()))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

guid! {
    /// A directory (tenant) id: claim `tid`.
    TenantId
    /// An application (client) id: what a client sends as `client_id`.
    AppId
    /// A directory object: a user's or a service principal's `oid`.
    ObjectId
    /// An organization's id: `OrganizationId` of WhoAmI, `Id` of global discovery.
    OrganizationId
    /// A row of `systemuser` in one organization: `UserId` of WhoAmI.
    SystemUserId
    /// A security role in one organization.
    RoleId
    /// A business unit in one organization.
    BusinessUnitId
    /// What ties one request to one answer and one journal line.
    CorrelationId
}

impl TenantId {
    /// The tenant of personal accounts, also called `consumers` (facts/identity.md 1.2).
    pub const CONSUMERS: Self = Self(Uuid::from_u128(0x9188040d_6c67_4c5b_b112_36a304b66dad));
    /// Microsoft's own, where its applications live (claim `appowner` of their tokens; its id is widely documented).
    pub const MICROSOFT: Self = Self(Uuid::from_u128(0xf8cdef31_a31e_4b4a_93e4_5f571e91255a));
}

impl AppId {
    /// Dataverse, formerly Common Data Service and Dynamics CRM: the resource every organization belongs to.
    pub const DATAVERSE: Self = Self(Uuid::from_u128(0x00000007_0000_0000_c000_000000000000));
    /// Microsoft Graph: what a scope without a resource means (facts/identity.md 1.6).
    pub const GRAPH: Self = Self(Uuid::from_u128(0x00000003_0000_0000_c000_000000000000));
    /// Azure Service Management, asked for by `az login`.
    pub const AZURE_MANAGEMENT: Self = Self(Uuid::from_u128(0x797f4846_ba00_4fd7_ba43_dac1f8f63013));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_form() {
        let text = "9188040d-6c67-4c5b-b112-36a304b66dad";
        assert_eq!(text.parse(), Ok(TenantId::CONSUMERS));
        assert_eq!(text.to_uppercase().parse(), Ok(TenantId::CONSUMERS));
        for bad in [
            "",
            "{9188040d-6c67-4c5b-b112-36a304b66dad}",
            "9188040d6c674c5bb11236a304b66dad",
            "contoso.com",
        ] {
            assert_eq!(bad.parse::<TenantId>(), Err(BadGuid(bad.to_owned())));
        }
    }
}
