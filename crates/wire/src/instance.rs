//! Global discovery: which organizations may this person enter? (facts/organization.md 3.1).

use serde::{Deserialize, Serialize};
use types::{OrganizationId, TenantId};

/// The path of the list, below the discovery host.
pub const INSTANCES: &str = "/api/discovery/v2.0/Instances";

/// The answer. No organization is an empty list, never an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceList {
    /// `…/api/discovery/v2.0/$metadata#Instances`.
    #[serde(rename = "@odata.context", default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The organizations; a look-up by key answers with a list of one, too.
    pub value: Vec<Instance>,
}

/// One organization. The official .NET client loses the whole list over one entry whose `Version` cannot be
/// read, whose `OrganizationType` is null or whose `TrialExpirationDate` is null: always write them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Instance {
    /// The tenant it belongs to.
    #[serde(default)]
    pub tenant_id: Option<TenantId>,
    /// Its environment, usually but not always a GUID.
    #[serde(default)]
    pub environment_id: Option<String>,
    /// Often null.
    #[serde(default)]
    pub datacenter_id: Option<String>,
    /// Often null.
    #[serde(default)]
    pub datacenter_name: Option<String>,
    /// The organization's id, as WhoAmI says it.
    pub id: OrganizationId,
    /// The database's name: `unq…`.
    #[serde(default)]
    pub unique_name: String,
    /// The first label of its host.
    #[serde(default)]
    pub url_name: String,
    /// What people call it.
    #[serde(default)]
    pub friendly_name: String,
    /// 0 enabled, 1 disabled.
    #[serde(default)]
    pub state: i32,
    /// 0 locked, 1 moving, 2 failed, 3 provisioning, 4 inactive, 5 new, 6 ready to be picked.
    #[serde(default)]
    pub status_message: i32,
    /// Four parts: `9.2.24094.00196`.
    #[serde(default)]
    pub version: String,
    /// `https://contoso.crm4.dynamics.com/`, with its slash.
    #[serde(default)]
    pub url: String,
    /// `https://contoso.api.crm4.dynamics.com`, without.
    #[serde(default)]
    pub api_url: String,
    /// `EMEA`.
    #[serde(default)]
    pub region: String,
    /// The kind of organization; 0 is a customer's own.
    #[serde(default)]
    pub organization_type: i32,
    /// `Full`.
    #[serde(default)]
    pub schema_type: Option<String>,
    /// Whether the caller administers it.
    #[serde(default)]
    pub is_user_sys_admin: bool,
    /// RFC 3339.
    #[serde(default)]
    pub last_updated: Option<String>,
    /// RFC 3339; the first moment of year 1 when it is no trial.
    #[serde(default)]
    pub trial_expiration_date: Option<String>,
    /// Free text.
    #[serde(default)]
    pub purpose: Option<String>,
}

impl Instance {
    /// `TrialExpirationDate` of an organization that is no trial.
    pub const NO_TRIAL: &'static str = "0001-01-01T00:00:00Z";

    /// Whether it is enabled.
    pub fn is_enabled(&self) -> bool {
        self.state == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::golden::both_ways;

    #[test]
    fn the_sample_of_the_documentation_both_ways() {
        let list: InstanceList = both_ways(include_str!("../golden/instance/list.json"));
        assert_eq!(list.value[0].url_name, "contoso");
        assert!(list.value[0].is_enabled());
        assert_eq!(
            list.value[0].trial_expiration_date.as_deref(),
            Some(Instance::NO_TRIAL)
        );
    }

    #[test]
    fn nobody_has_no_organizations() {
        let empty: InstanceList = serde_json::from_str(r#"{"value":[]}"#).unwrap();
        assert_eq!(empty, InstanceList::default());
    }

    #[test]
    fn a_sparse_entry_does_not_lose_the_list() {
        let text = r#"{"value":[{"Id":"11111111-2222-3333-4444-555555555555","Url":"https://a/","New":1}]}"#;
        let list: InstanceList = serde_json::from_str(text).unwrap();
        assert_eq!(
            (list.value[0].url.as_str(), list.value[0].version.as_str()),
            ("https://a/", "")
        );
    }
}
