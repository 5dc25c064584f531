//! OAuth 2.0 and OpenID Connect as Entra speaks them, both endpoint versions, read and written by one type
//! each (facts/identity.md 1.5 to 1.11 and 3.1).
//!
//! Version 1 writes numbers as text and version 2 as numbers; [`WireNumber`] reads either and writes back
//! what it was made as. Unknown members are ignored, except in [`OpenIdConfiguration`], which keeps them.
//! To add a message: one file below, its golden file under `golden/oauth`, and its line here.

mod device;
mod discovery;
mod error;
mod number;
mod realm;
mod token;

pub use device::{DeviceCodeResponse, GRANT_DEVICE_CODE};
pub use discovery::{
    Aliases, Entra, InstanceDiscovery, Jwk, Jwks, OpenIdConfiguration, PUBLIC_CLOUD_ALIASES,
};
pub use error::{Aadsts, OAuthError};
pub use number::WireNumber;
pub use realm::{UserRealm, is_personal_domain};
pub use token::{SecretText, TokenResponse};

#[cfg(test)]
pub(crate) mod golden {
    //! Reads a golden file into a type and writes it back, letter for letter.

    use serde::{Serialize, de::DeserializeOwned};

    /// `text` survives the way through `T`; the value read is returned for closer looks.
    #[track_caller]
    pub(crate) fn both_ways<T: Serialize + DeserializeOwned>(text: &str) -> T {
        let value: T = serde_json::from_str(text).expect("the golden file is read");
        let written = serde_json::to_string_pretty(&value).expect("and written");
        assert_eq!(written, text.trim_end());
        value
    }
}
