//! Device code (facts/identity.md 1.11; RFC 8628 3.2).

use serde::{Deserialize, Serialize};

use super::{SecretText, WireNumber};

/// The grant's full name in version 2. Version 1 and msal-node say `device_code`; accept both.
pub const GRANT_DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Where a person goes and what they type there. Version 1 calls the address `verification_url` and writes
/// numbers as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCodeResponse {
    /// What the person types.
    pub user_code: String,
    /// What the client polls with.
    pub device_code: SecretText,
    /// Version 2's name for the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_uri: Option<String>,
    /// Version 1's name for the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_url: Option<String>,
    /// AD FS only: the address with the code in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_uri_complete: Option<String>,
    /// Lifetime of both codes in seconds; 900 at Entra.
    pub expires_in: WireNumber,
    /// Seconds between polls; 5 when missing (RFC 8628 3.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<WireNumber>,
    /// The instruction as one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl DeviceCodeResponse {
    /// The address, under whichever name it came.
    pub fn address(&self) -> Option<&str> {
        self.verification_uri
            .as_deref()
            .or(self.verification_url.as_deref())
    }

    /// Seconds between polls.
    pub fn interval(&self) -> u64 {
        self.interval
            .and_then(|seconds| u64::try_from(seconds.get()).ok())
            .filter(|s| *s > 0)
            .unwrap_or(5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::golden::both_ways;

    #[test]
    fn both_versions_both_ways() {
        let v1: DeviceCodeResponse = both_ways(include_str!("../../golden/oauth/device-v1.json"));
        let v2: DeviceCodeResponse = both_ways(include_str!("../../golden/oauth/device-v2.json"));
        assert_eq!(v1.address(), Some("https://microsoft.com/devicelogin"));
        assert_eq!((v1.address(), v1.interval()), (v2.address(), v2.interval()));
        assert_eq!(v1.expires_in.get(), v2.expires_in.get());
        assert_ne!(v1, v2);
    }

    #[test]
    fn a_missing_or_silly_interval_is_five() {
        let mut answer: DeviceCodeResponse =
            serde_json::from_str(include_str!("../../golden/oauth/device-v2.json")).unwrap();
        for interval in [None, Some(WireNumber::number(0)), Some(WireNumber::text(-3))] {
            answer.interval = interval;
            assert_eq!(answer.interval(), 5);
        }
    }
}
