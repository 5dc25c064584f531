//! Signing keys, JSON web tokens, certificates, password hashes, opaque tokens and sealing at rest.
//!
//! Everything rests on one library, aws-lc-rs; Argon2 is the exception because that library has none. JSON
//! web tokens are written here and not taken from a library, because a stand-in must accept what real clients
//! send (padded thumbprints, fractional times, RS256 and PS256) and refuse each flaw by its own name.

mod cert;
pub mod jwt;
mod keyring;
mod opaque;
mod password;
mod seal;

pub use cert::{BadCertificate, Certificate};
pub use keyring::{KeyRecord, Keyring, VerifiedToken, VerifyError};
pub use opaque::{digest, hmac_sha1, opaque, same, sha256};
pub use password::{Hasher, HasherBusy, PasswordHash};
pub use seal::{BadSeal, Sealer};
