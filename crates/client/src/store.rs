//! What is kept between runs: profiles in the open, secrets sealed (docs/adr/0004-where-secrets-rest.md).

pub(crate) mod files;
pub(crate) mod keychain;
pub(crate) mod profile;
pub(crate) mod vault;
