//! Signing in and calling as a client: every grant, discovery, WhoAmI; profiles and their secrets.
//!
//! The way in is always the same: the organization says who signs people in (401), that authority says where
//! its endpoints are, a grant yields a token, and WhoAmI proves it. Only then is a connection called one.
//! Everything tried leaves evidence; every refusal keeps the innermost code, sentence, correlation id and time
//! the server gave. To add a grant: a file in `signin`, a variant of [`Method`], and its branch in
//! `connect.rs`.

mod authority;
mod connect;
mod error;
mod grant;
mod health;
mod inspect;
mod locate;
mod outside;
mod preflight;
mod rst2;
mod signin;
mod store;
mod token;
mod whoami;

pub use authority::{Endpoints, challenge, endpoints};
pub use connect::{Connected, Method, Plan, Target, connect};
pub use error::{Class, ClientError, OrganizationRefusal, ServerSaid, SignInRefusal};
pub use grant::{Grant, grant, regrant};
pub use health::service_health;
pub use inspect::{Finding, Inspection, inspect};
pub use locate::{instances, pick};
pub use outside::{Outside, Pause};
pub use preflight::{Mistake, mistakes};
pub use rst2::{live_endpoint, live_sign_in};
pub use signin::{
    Ui,
    assertion::CertificateKey,
    browser::{Redirect, open_browser},
    has_display,
    password::Realm,
};
pub use store::{
    files::{replace as replace_file, write_private},
    keychain::Keychain,
    profile::{MethodName, Organization, Profile, ProfileName, Profiles, project_profile},
    vault::{AskPassPhrase, KeptToken, KeyKind, Secrets, Vault, VaultError},
};
pub use token::{AccessToken, access_token, discovery_token, fresh_token, prove_profile};
pub use whoami::{Role, WhoAmI, roles, who_am_i};
