//! Secrets at rest: one sealed file for each profile, AES-256-GCM under a key that is either in the
//! operating system's keychain or derived from a pass phrase (docs/adr/0004-where-secrets-rest.md).

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use crypt::Sealer;
use serde::{Deserialize, Serialize};
use types::{Chance, Secret};
use wire::oauth::SecretText;

use super::{files, keychain::Keychain};
use crate::{Class, ProfileName};

/// What is kept for one profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    /// The application's secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretText>,
    /// What renews a person's sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<SecretText>,
    /// Access tokens by resource.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tokens: BTreeMap<String, KeptToken>,
}

/// An access token and its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptToken {
    /// The token.
    pub token: SecretText,
    /// Seconds since the epoch.
    pub expires_on: i64,
}

/// Which kind of key seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// A random key in the operating system's keychain.
    Keychain,
    /// Derived from a pass phrase with Argon2id.
    PassPhrase,
}

/// Asks for the pass phrase; `true` when it is a new one, to be asked for twice.
pub type AskPassPhrase = dyn Fn(bool) -> Result<Secret, VaultError> + Send + Sync;

/// Secrets could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Nobody can be asked for the pass phrase, and none was given.
    #[error("the secrets are sealed with a pass phrase, and none was given")]
    NoPassPhrase,
    /// It does not open the file.
    #[error("the pass phrase does not open {}", .0.display())]
    WrongPassPhrase(PathBuf),
    /// The keychain did not answer.
    #[error("{name} cannot be used: {why}")]
    Keychain {
        /// Which.
        name: &'static str,
        /// What its program said.
        why: String,
    },
    /// The key that sealed the file is gone.
    #[error("the key that opens {} is no longer in the keychain", .0.display())]
    KeyGone(PathBuf),
    /// A file could not be read or written.
    #[error("{} could not be {doing}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// `read`, `written`.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{} is no sealed file of Keyway, or it was changed", .0.display())]
    Broken(PathBuf),
}

impl VaultError {
    /// What kind of failure it is.
    pub fn class(&self) -> Class {
        match self {
            Self::NoPassPhrase | Self::WrongPassPhrase(_) | Self::Keychain { .. } | Self::KeyGone(_) => {
                Class::NotSignedIn
            }
            Self::File { .. } | Self::Broken(_) => Class::Internal,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NoPassPhrase => {
                "Set KEYWAY_PASSPHRASE_FILE (or KEYWAY_PASSPHRASE), or run it at a terminal.".into()
            }
            Self::WrongPassPhrase(_) => {
                "Try again; if it is lost, remove the profile with `keyway auth delete` and make it anew."
                    .into()
            }
            Self::Keychain { .. } => {
                "Unlock it, or seal with a pass phrase: KEYWAY_SECRETS=passphrase.".into()
            }
            Self::KeyGone(_) => {
                "Sign in again with `keyway auth update`; the old secrets cannot be read.".into()
            }
            Self::File { .. } => "Check that the directory is yours and the disk is not full.".into(),
            Self::Broken(_) => {
                "Sign in again with `keyway auth update`; the file is then written anew.".into()
            }
        }
    }
}

/// The form of a sealed file.
#[derive(Serialize, Deserialize)]
struct SealedFile {
    schema: String,
    key: KeyKind,
    /// With a pass phrase: base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    sealed: String,
}

const SCHEMA: &str = "keyway.secrets/1";
/// Argon2id as RFC 9106 4 recommends where memory is scarce, with one lane instead of four.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// Keeps secrets.
pub struct Vault {
    directory: PathBuf,
    keychain: Option<Keychain>,
    prefer: KeyKind,
    chance: Arc<dyn Chance>,
    ask: Box<AskPassPhrase>,
    phrase: Mutex<Option<Secret>>,
}

impl Vault {
    /// Keeps its files in `directory`. New ones are sealed as `prefer` says, with a pass phrase where there is no
    /// `keychain`; old ones are opened and written as they were sealed. `ask` gives the pass phrase.
    pub fn new(
        directory: PathBuf,
        keychain: Option<Keychain>,
        prefer: KeyKind,
        chance: Arc<dyn Chance>,
        ask: Box<AskPassPhrase>,
    ) -> Self {
        Self {
            directory,
            keychain,
            prefer,
            chance,
            ask,
            phrase: Mutex::new(None),
        }
    }

    /// What new files are sealed with.
    pub fn kind(&self) -> KeyKind {
        match self.prefer {
            KeyKind::Keychain if self.keychain.is_some() => KeyKind::Keychain,
            _ => KeyKind::PassPhrase,
        }
    }

    fn path(&self, profile: &ProfileName) -> PathBuf {
        self.directory.join(format!("{profile}.json"))
    }

    fn lock_path(&self, profile: &ProfileName) -> PathBuf {
        self.directory.join(format!("{profile}.lock"))
    }

    /// What is kept for `profile`; nothing is kept for a new one.
    pub fn read(&self, profile: &ProfileName) -> Result<Secrets, VaultError> {
        let path = self.path(profile);
        let broken = || VaultError::Broken(path.clone());
        let Some(text) = files::read_if_there(&path).map_err(in_file(&path, "read"))? else {
            return Ok(Secrets::default());
        };
        let file: SealedFile = serde_json::from_str(&text).map_err(|_| broken())?;
        if file.schema != SCHEMA {
            return Err(broken());
        }
        let opened = match file.key {
            KeyKind::Keychain => {
                let key = self
                    .keychain_key()?
                    .ok_or_else(|| VaultError::KeyGone(path.clone()))?;
                Sealer::new(&key)
                    .open_text(&purpose(profile), &file.sealed)
                    .map_err(|_| broken())?
            }
            KeyKind::PassPhrase => {
                let salt = file
                    .salt
                    .and_then(|salt| URL_SAFE_NO_PAD.decode(salt).ok())
                    .ok_or_else(broken)?;
                let sealer = Sealer::new(&self.derived(false, &salt)?);
                let opened = sealer.open_text(&purpose(profile), &file.sealed);
                opened.map_err(|_| {
                    self.forget();
                    VaultError::WrongPassPhrase(path.clone())
                })?
            }
        };
        serde_json::from_str(opened.expose()).map_err(|_| broken())
    }

    /// Makes sure that something can be sealed, before a person is sent through a sign-in: asks the keychain, or
    /// for the pass phrase.
    pub fn prepare(&self) -> Result<(), VaultError> {
        match self.kind() {
            KeyKind::Keychain => self.keychain_key_or_new().map(drop),
            KeyKind::PassPhrase => {
                self.prove_phrase()?;
                self.phrase(true).map(drop)
            }
        }
    }

    /// Keeps `secrets` for `profile`. A file that is sealed with a pass phrase stays so.
    pub fn write(&self, profile: &ProfileName, secrets: &Secrets) -> Result<(), VaultError> {
        let path = self.path(profile);
        let plain = serde_json::to_string(secrets)
            .map(Secret::new)
            .map_err(|_| VaultError::Broken(path.clone()))?;
        let (salt, key) = match self.kind_of(&path)? {
            KeyKind::Keychain => (None, self.keychain_key_or_new()?),
            KeyKind::PassPhrase => {
                self.prove_phrase()?;
                let mut salt = [0; 16];
                self.chance.fill(&mut salt);
                (Some(URL_SAFE_NO_PAD.encode(salt)), self.derived(true, &salt)?)
            }
        };
        let sealed = Sealer::new(&key).seal(&*self.chance, &purpose(profile), plain.expose().as_bytes());
        let sealed = sealed.map_err(|_| VaultError::Broken(path.clone()))?;
        let kind = if salt.is_some() {
            KeyKind::PassPhrase
        } else {
            KeyKind::Keychain
        };
        let file = SealedFile {
            schema: SCHEMA.to_owned(),
            key: kind,
            salt,
            sealed,
        };
        let text = serde_json::to_string_pretty(&file).map_err(|_| VaultError::Broken(path.clone()))?;
        files::replace(&path, text.as_bytes()).map_err(in_file(&path, "written"))
    }

    /// Forgets what is kept for `profile`.
    pub fn remove(&self, profile: &ProfileName) -> Result<(), VaultError> {
        // Nobody renews what is forgotten; a lock left behind would only show the name.
        let _ = std::fs::remove_file(self.lock_path(profile));
        let path = self.path(profile);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(in_file(&path, "removed")(error))
            }
            _ => Ok(()),
        }
    }

    /// Gives what is kept for `from` to `to`.
    pub fn rename(&self, from: &ProfileName, to: &ProfileName) -> Result<(), VaultError> {
        let secrets = self.read(from)?;
        self.write(to, &secrets)?;
        self.remove(from)
    }

    /// Waits until no other process renews the tokens of `profile`, and keeps others waiting until the guard
    /// is dropped. The lock is the system's own: it is gone with the process that held it.
    pub async fn lock(&self, profile: &ProfileName) -> Result<File, VaultError> {
        let path = self.lock_path(profile);
        let at = path.clone();
        let locked = tokio::task::spawn_blocking(move || {
            let file = files::lock_file(&at)?;
            file.lock()?;
            Ok(file)
        });
        let locked = locked
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error)));
        locked.map_err(in_file(&path, "locked"))
    }

    fn kind_of(&self, path: &Path) -> Result<KeyKind, VaultError> {
        let text = files::read_if_there(path).map_err(in_file(path, "read"))?;
        let file: Option<SealedFile> = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(file.map_or(self.kind(), |file| file.key))
    }

    /// A phrase that is about to seal must open what was sealed before, or a slip of the finger would lock a
    /// profile with a phrase nobody knows.
    fn prove_phrase(&self) -> Result<(), VaultError> {
        let known = self
            .phrase
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some();
        if known {
            return Ok(());
        }
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let mut names = entries.filter_map(|entry| {
            let file = entry.file_name();
            let name: ProfileName = file.to_str()?.strip_suffix(".json")?.parse().ok()?;
            (self.kind_of(&entry.path()).ok()? == KeyKind::PassPhrase).then_some(name)
        });
        match names.next() {
            // A file that was damaged proves nothing either way.
            Some(name) => match self.read(&name) {
                Err(VaultError::Broken(_)) | Ok(_) => Ok(()),
                Err(error) => Err(error),
            },
            None => Ok(()),
        }
    }

    fn keychain_key(&self) -> Result<Option<[u8; 32]>, VaultError> {
        let Some(keychain) = &self.keychain else {
            return Ok(None);
        };
        let key = keychain.get().map_err(|why| VaultError::Keychain {
            name: keychain.name(),
            why,
        })?;
        Ok(key.and_then(|key| URL_SAFE_NO_PAD.decode(key.expose()).ok()?.try_into().ok()))
    }

    fn keychain_key_or_new(&self) -> Result<[u8; 32], VaultError> {
        if let Some(key) = self.keychain_key()? {
            return Ok(key);
        }
        let keychain = self
            .keychain
            .as_ref()
            .ok_or(VaultError::KeyGone(self.directory.clone()))?;
        let mut key = [0; 32];
        self.chance.fill(&mut key);
        let text = Secret::new(URL_SAFE_NO_PAD.encode(key));
        keychain.put(&text).map_err(|why| VaultError::Keychain {
            name: keychain.name(),
            why,
        })?;
        Ok(key)
    }

    fn phrase(&self, new: bool) -> Result<Secret, VaultError> {
        let mut kept = self.phrase.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(phrase) => Ok(phrase.clone()),
            None => Ok(kept.insert((self.ask)(new)?).clone()),
        }
    }

    fn derived(&self, new: bool, salt: &[u8]) -> Result<[u8; 32], VaultError> {
        let phrase = self.phrase(new)?;
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| VaultError::NoPassPhrase)?;
        let mut key = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(phrase.expose().as_bytes(), salt, &mut key)
            .map_err(|_| VaultError::NoPassPhrase)?;
        Ok(key)
    }

    fn forget(&self) {
        *self.phrase.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Sealed for one profile, a file opens for no other.
fn purpose(profile: &ProfileName) -> String {
    format!("keyway client secrets of {profile}")
}

fn in_file(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> VaultError {
    let path = path.to_owned();
    move |source| VaultError::File { path, doing, source }
}

#[cfg(test)]
mod tests;
