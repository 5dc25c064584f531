//! Who exists, in which state, and whether they are who they say.
//!
//! A tenant is read as one [`Tenant`], built from its records at one revision and never changed. Decisions
//! are pure functions over it; what they change is written as records. A [`Person`] is the proof that someone
//! signed in: only [`SignIn`] makes one. What people and administrators do with accounts are the use-cases of
//! [`Accounts`]; the mail they cause is in [`mail`], what is written about who did what in [`audit`].

mod account;
mod accounts;
pub mod audit;
mod change;
mod forgotten;
pub mod health;
mod invitation;
pub mod licenses;
mod links;
pub mod mail;
mod password;
mod person;
mod policy;
mod reset;
pub mod rules;
mod second_factor;
mod settings;
mod tenant;
mod verification;

pub use account::{Account, AccountKind, Lockout, Mfa, Role, Verification};
pub use accounts::{Accounts, BadLink, NotDone};
pub use invitation::{Invitation, Invite};
pub use password::{Password, Stored};
pub use person::{Located, Method, Person, SignIn, SignInError, Where, locate};
pub use policy::{Client, Control, Rule, UserConsent};
pub use reset::{Administrator, Gates, NoReset, ResetLink};
pub use rules::WeakPassword;
pub use second_factor::{Enrollment, totp};
pub use settings::{Domain, DomainKind, LockoutPolicy, ServiceProtection, Settings};
pub use tenant::{KIND_ACCOUNT, KIND_SETTINGS, Tenant, bind_account, bind_domains};
pub use verification::SignUp;
