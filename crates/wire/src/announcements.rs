//! Service health as Microsoft Graph tells it: `/v1.0/admin/serviceAnnouncement/issues` (the shape is recalled,
//! unverified; the members are those that clients read).

use serde::{Deserialize, Serialize};

/// The host, by true name.
pub const HOST: &str = "https://graph.microsoft.com";
/// The list of issues.
pub const ISSUES: &str = "/v1.0/admin/serviceAnnouncement/issues";
/// The permission it needs.
pub const PERMISSION: &str = "ServiceHealth.Read.All";

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issues {
    /// `…$metadata#admin/serviceAnnouncement/issues`.
    #[serde(rename = "@odata.context", default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The issues, those that are over too.
    pub value: Vec<Issue>,
}

/// Something wrong with a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    /// Its id.
    pub id: String,
    /// What it is, in a line.
    pub title: String,
    /// `incident` or `advisory`.
    #[serde(default)]
    pub classification: String,
    /// `serviceDegradation`, `serviceRestored`, …
    #[serde(default)]
    pub status: String,
    /// `Dynamics 365`.
    pub service: String,
    /// Whether it is over.
    pub is_resolved: bool,
    /// RFC 3339.
    pub start_date_time: String,
    /// RFC 3339.
    #[serde(default)]
    pub end_date_time: Option<String>,
    /// What was said about it, oldest first.
    #[serde(default)]
    pub posts: Vec<Post>,
}

/// What was said about an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Post {
    /// RFC 3339.
    pub created_date_time: String,
    /// The text.
    pub description: Text,
}

/// A text and its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Text {
    /// `text` or `html`.
    pub content_type: String,
    /// The text itself.
    pub content: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_known_is_left_alone_and_the_rest_comes_back() {
        let given = json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement/issues",
            "value": [{
                "id": "DY1", "title": "Slow", "classification": "incident", "status": "serviceDegradation",
                "service": "Dynamics 365", "isResolved": false, "startDateTime": "2026-11-22T08:00:00Z",
                "endDateTime": null, "origin": "microsoft", "feature": "Sign-in", "impactDescription": "x",
                "posts": [{
                    "createdDateTime": "2026-11-22T08:05:00Z", "postType": "regular",
                    "description": { "contentType": "html", "content": "We see it." },
                }],
            }],
        });
        let issues: Issues = serde_json::from_value(given).unwrap();
        assert!(!issues.value[0].is_resolved);
        assert_eq!(issues.value[0].posts[0].description.content, "We see it.");
        let again: Issues = serde_json::from_str(&serde_json::to_string(&issues).unwrap()).unwrap();
        assert_eq!(again, issues);
    }
}
