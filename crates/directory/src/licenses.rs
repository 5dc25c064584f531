//! Licenses: what can be bought, and what each gives.
//!
//! The ids and names are those of Microsoft's list of product names and service plan identifiers, recalled and
//! unverified (U). A single service plan, such as `DYN365`, can be assigned too: worlds are written so. To add
//! one: its line in [`SKUS`]; tiles, self-service reset and the pages follow.

use serde::Serialize;
use types::TenantId;

use crate::Account;

/// What a license entitles to, as far as signing in and the home pages are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Word, with the other Office applications.
    Word,
    /// OneDrive.
    OneDrive,
    /// SharePoint.
    SharePoint,
    /// A mailbox.
    Exchange,
    /// Dynamics 365.
    Dynamics365,
    /// Microsoft Social Engagement.
    SocialEngagement,
    /// Self-service password reset (facts/identity.md 4.3).
    SelfServiceReset,
}

impl Service {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Word => "Word",
            Self::OneDrive => "OneDrive",
            Self::SharePoint => "SharePoint",
            Self::Exchange => "Outlook",
            Self::Dynamics365 => "Dynamics 365",
            Self::SocialEngagement => "Social Engagement",
            Self::SelfServiceReset => "Self-service password reset",
        }
    }

    /// Whether the welcome page shows a tile for it (row 003-12).
    pub const fn has_tile(self) -> bool {
        !matches!(self, Self::SelfServiceReset)
    }
}

/// Something that can be assigned to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sku {
    /// `skuPartNumber`: by this an account holds it.
    pub id: &'static str,
    /// `skuId`, for a product; a service plan by itself has none here.
    pub guid: Option<&'static str>,
    /// What people call it.
    pub name: &'static str,
    /// What it gives.
    pub services: &'static [Service],
}

use Service as S;

const OFFICE: &[Service] = &[S::Word, S::OneDrive, S::SharePoint, S::Exchange];
const OFFICE_AND_RESET: &[Service] = &[
    S::Word,
    S::OneDrive,
    S::SharePoint,
    S::Exchange,
    S::SelfServiceReset,
];

/// Everything that can be assigned.
pub static SKUS: &[Sku] = &[
    sku(
        "DYN365_ENTERPRISE_PLAN1",
        "ea126fc5-a19e-42e2-a731-da9d437bffcf",
        "Dynamics 365 Customer Engagement Plan",
        &[S::Dynamics365, S::SocialEngagement],
    ),
    sku(
        "DYN365_ENTERPRISE_SALES",
        "1e1a282c-9c54-43a2-9310-98ef728faace",
        "Dynamics 365 for Sales, Enterprise edition",
        &[S::Dynamics365],
    ),
    sku(
        "CRMSTANDARD",
        "d17b27af-3f49-4822-99f9-56a661538792",
        "Microsoft Dynamics CRM Online",
        &[S::Dynamics365],
    ),
    sku(
        "ENTERPRISEPACK",
        "6fd2c87f-b296-42f0-b197-1e91e994b900",
        "Office 365 E3",
        OFFICE,
    ),
    sku(
        "O365_BUSINESS_PREMIUM",
        "f245ecc8-75af-4f8e-b61f-27d8114de5f3",
        "Microsoft 365 Business Standard",
        OFFICE_AND_RESET,
    ),
    sku(
        "SPB",
        "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
        "Microsoft 365 Business Premium",
        OFFICE_AND_RESET,
    ),
    sku(
        "AAD_PREMIUM",
        "078d2b04-f1bd-4111-bbd4-b4b1b354cef4",
        "Azure Active Directory Premium P1",
        &[S::SelfServiceReset],
    ),
    sku(
        "AAD_PREMIUM_P2",
        "84a661c4-e949-4bd2-a560-ed7766fcaf2b",
        "Azure Active Directory Premium P2",
        &[S::SelfServiceReset],
    ),
    plan("DYN365", "Dynamics 365 (the plan by itself)", &[S::Dynamics365]),
    plan(
        "NBENTERPRISE",
        "Microsoft Social Engagement (the plan by itself)",
        &[S::SocialEngagement],
    ),
];

const fn sku(id: &'static str, guid: &'static str, name: &'static str, services: &'static [Service]) -> Sku {
    Sku {
        id,
        guid: Some(guid),
        name,
        services,
    }
}

const fn plan(id: &'static str, name: &'static str, services: &'static [Service]) -> Sku {
    Sku {
        id,
        guid: None,
        name,
        services,
    }
}

/// The license of that part number, without case, or of that GUID.
pub fn named(text: &str) -> Option<&'static Sku> {
    SKUS.iter().find(|sku| {
        sku.id.eq_ignore_ascii_case(text) || sku.guid.is_some_and(|guid| guid.eq_ignore_ascii_case(text))
    })
}

/// The direct address of a tenant's Social Engagement solution, by true name, with the solution's own id (row 003-28). The
/// host, and that the id is a number, are unverified (U): the document's own text lost them.
pub fn social_engagement(tenant: TenantId) -> String {
    format!(
        "https://listening.microsoft.com/app/{}/",
        tenant.uuid().as_fields().0
    )
}

impl Account {
    /// What its licenses give, in order, each once. A license that is not in the list gives nothing.
    pub fn services(&self) -> Vec<Service> {
        let mut services: Vec<_> = self
            .licenses
            .iter()
            .filter_map(|id| named(id))
            .flat_map(|sku| sku.services.iter().copied())
            .collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    /// Whether a license of its gives this.
    pub fn may_use(&self, service: Service) -> bool {
        self.licenses
            .iter()
            .filter_map(|id| named(id))
            .any(|sku| sku.services.contains(&service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{ObjectId, Uuid};

    #[test]
    fn each_license_stands_once_and_gives_something() {
        let mut ids: Vec<_> = SKUS
            .iter()
            .flat_map(|sku| [Some(sku.id), sku.guid])
            .flatten()
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(SKUS.iter().all(|sku| !sku.services.is_empty()));
    }

    #[test]
    fn services_follow_the_licenses() {
        let id = ObjectId::new(Uuid::nil());
        let mut anna = Account::new(id, "anna@contoso.com".parse().unwrap(), "Anna");
        assert!(anna.services().is_empty());
        anna.licenses.insert("O365_BUSINESS_PREMIUM".into());
        anna.licenses.insert("dyn365".into());
        anna.licenses.insert("UNKNOWN".into());
        assert!(anna.may_use(Service::Dynamics365) && anna.may_use(Service::SelfServiceReset));
        assert!(!anna.may_use(Service::SocialEngagement));
        assert_eq!(anna.services().len(), 6);
    }
}
