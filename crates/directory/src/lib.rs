//! Who exists, in which state, and whether they are who they say.
//!
//! A tenant is read as one [`Tenant`], built from its records at one revision and never changed. Decisions
//! are pure functions over it; what they change is written as records. A [`Person`] is the proof that someone
//! signed in: only [`SignIn`] makes one.

mod account;
mod password;
mod person;
mod policy;
mod settings;
mod tenant;

pub use account::{Account, AccountKind, Lockout, Mfa, Role};
pub use password::{Password, Stored};
pub use person::{Located, Method, Person, SignIn, SignInError, Where, locate};
pub use policy::{Client, Control, Rule, UserConsent};
pub use settings::{Domain, DomainKind, LockoutPolicy, ServiceProtection, Settings};
pub use tenant::{KIND_ACCOUNT, KIND_SETTINGS, Tenant, bind_account, bind_domains};
