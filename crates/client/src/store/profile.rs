//! Profiles: who connects to what, and how. They hold no secret and may be read by anyone who may read the
//! directory; the secrets lie sealed beside them.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use types::{OrganizationId, SystemUserId, Timestamp};

use super::files;
use crate::{
    ClientError,
    preflight::{self, Mistake},
};

/// A profile's name: a file's name on every system, too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProfileName(String);

impl FromStr for ProfileName {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            && !text.starts_with(['.', '-']);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Mistake::ProfileName(text.to_owned()))
        }
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a profile signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodName {
    /// A person in a browser.
    Browser,
    /// A person on another device.
    DeviceCode,
    /// An application with its secret.
    ClientSecret,
    /// An application with its certificate.
    Certificate,
    /// A user name and a password.
    Password,
}

impl Profile {
    /// Every mistake in its ids; finding them costs no request.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut found = preflight::ids(&self.client_id, Some(&self.tenant), self.method);
        let others = [
            ("organization", self.organization.id.to_string()),
            ("user in the organization", self.user_id.to_string()),
        ];
        let client = self.client_id.trim();
        let taken = others.iter().find(|(_, id)| id.eq_ignore_ascii_case(client));
        found.extend(taken.map(|(of, _)| Mistake::ClientIdOf(of)));
        found
    }
}

impl MethodName {
    /// Whether an application signs in, not a person.
    pub const fn is_application(self) -> bool {
        matches!(self, Self::ClientSecret | Self::Certificate)
    }
}

impl fmt::Display for MethodName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Browser => "browser",
            Self::DeviceCode => "device code",
            Self::ClientSecret => "client secret",
            Self::Certificate => "certificate",
            Self::Password => "password",
        })
    }
}

/// The organization of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its address, with the slash.
    pub url: String,
    /// What tokens for it must be for.
    pub resource: String,
    /// Its id, from WhoAmI.
    pub id: OrganizationId,
    /// What people call it, where discovery said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// Its unique name, where discovery said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_name: Option<String>,
}

/// One profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// How it signs in.
    pub method: MethodName,
    /// The application it signs in as.
    pub client_id: String,
    /// `https://login.microsoftonline.com`.
    pub authority: String,
    /// The tenant's GUID or domain.
    pub tenant: String,
    /// Who signed in: a user name, or the client id.
    pub account: String,
    /// The caller's row in the organization.
    pub user_id: SystemUserId,
    /// The last time WhoAmI answered.
    #[serde(with = "rfc3339")]
    pub connected_at: Timestamp,
    /// With a certificate: the file of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// With a certificate: the file of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<PathBuf>,
    /// With a certificate: sign with RS256 instead of PS256.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rs256: bool,
    /// With the browser: where it comes back to, when not `http://localhost`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// The organization; last, because TOML puts tables last.
    pub organization: Organization,
}

/// A moment as people read it.
mod rfc3339 {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use types::Timestamp;

    pub(super) fn serialize<S: Serializer>(moment: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&moment.rfc3339_seconds())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        Timestamp::parse_rfc3339(&text)
            .ok_or_else(|| D::Error::custom(format_args!("`{text}` is not a time")))
    }
}

/// All profiles and which one is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// The one that counts when nothing else chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected: Option<ProfileName>,
    /// By name.
    #[serde(default)]
    pub profiles: BTreeMap<ProfileName, Profile>,
}

/// What `.keyway.toml` may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Project {
    profile: ProfileName,
}

const FILE: &str = "profiles.toml";
const PROJECT_FILE: &str = ".keyway.toml";

impl Profiles {
    /// Reads those of `directory`; there are none where there is no file.
    pub fn load(directory: &Path) -> Result<Self, ClientError> {
        let path = directory.join(FILE);
        let text = files::read_if_there(&path).map_err(in_file(&path, "read"))?;
        text.map_or_else(|| Ok(Self::default()), |text| parse(&path, &text))
    }

    /// Changes them under a lock, so that two processes do not undo each other. Nothing is written when
    /// `change` fails.
    pub fn change<T>(
        directory: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let lock = directory.join("profiles.lock");
        let guard = files::lock_file(&lock).map_err(in_file(&lock, "opened"))?;
        guard.lock().map_err(in_file(&lock, "locked"))?;
        let mut all = Self::load(directory)?;
        let result = change(&mut all)?;
        let path = directory.join(FILE);
        let text = toml::to_string_pretty(&all).map_err(|error| ClientError::BadFile {
            path: path.clone(),
            why: error.to_string(),
        })?;
        files::replace(&path, text.as_bytes()).map_err(in_file(&path, "written"))?;
        Ok(result)
    }

    /// The profile to use: the one that was asked for, else the project's, else the selected one.
    pub fn choose(
        &self,
        asked: Option<&str>,
        project: Option<&ProfileName>,
    ) -> Result<(&ProfileName, &Profile), ClientError> {
        let asked = asked.map(str::parse).transpose()?;
        let name = asked
            .as_ref()
            .or(project)
            .or(self.selected.as_ref())
            .ok_or(ClientError::NothingSelected)?;
        self.get(name)
    }

    /// A profile by name.
    pub fn get(&self, name: &ProfileName) -> Result<(&ProfileName, &Profile), ClientError> {
        self.profiles
            .get_key_value(name)
            .ok_or_else(|| self.missing(name))
    }

    /// The error for a name nobody has.
    pub fn missing(&self, name: &ProfileName) -> ClientError {
        let known = self.profiles.keys().map(ToString::to_string).collect();
        ClientError::NoProfile {
            name: name.to_string(),
            known,
        }
    }

    /// A name nobody has, made from an organization's address: its first label, numbered when taken.
    pub fn free_name(&self, url: &str) -> ProfileName {
        let host = url.split("://").last().unwrap_or_default();
        let label: String = host
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .take(48)
            .collect();
        let label = if label.is_empty() {
            "profile".to_owned()
        } else {
            label
        };
        let mut name = ProfileName(label.clone());
        let mut number = 2;
        while self.profiles.contains_key(&name) {
            name = ProfileName(format!("{label}-{number}"));
            number += 1;
        }
        name
    }
}

/// What `.keyway.toml` in `from` or the nearest directory above says.
pub fn project_profile(from: &Path) -> Result<Option<ProfileName>, ClientError> {
    for directory in from.ancestors() {
        let path = directory.join(PROJECT_FILE);
        if let Some(text) = files::read_if_there(&path).map_err(in_file(&path, "read"))? {
            return parse::<Project>(&path, &text).map(|project| Some(project.profile));
        }
    }
    Ok(None)
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path, text: &str) -> Result<T, ClientError> {
    toml::from_str(text).map_err(|error| ClientError::BadFile {
        path: path.to_owned(),
        why: error.to_string(),
    })
}

fn in_file(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> ClientError {
    let path = path.to_owned();
    move |source| ClientError::File { path, doing, source }
}

/// Reads a file named on the command line or in a profile.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, ClientError> {
    fs::read(path).map_err(in_file(path, "read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    fn profile(url: &str) -> Profile {
        let nil = "00000000-0000-0000-0000-000000000000";
        Profile {
            method: MethodName::ClientSecret,
            client_id: nil.into(),
            authority: "https://login.microsoftonline.com".into(),
            tenant: nil.into(),
            account: nil.into(),
            user_id: nil.parse().unwrap(),
            connected_at: Timestamp::from_seconds(1_714_558_830),
            key_file: None,
            certificate_file: None,
            rs256: false,
            redirect_uri: None,
            organization: Organization {
                url: url.into(),
                resource: url.into(),
                id: nil.parse().unwrap(),
                friendly_name: Some("Contoso".into()),
                unique_name: None,
            },
        }
    }

    fn name(text: &str) -> ProfileName {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_id_that_is_the_id_of_something_else_is_seen_without_a_request() {
        let ids = |id: u8| format!("00000000-0000-0000-0000-0000000000b{id}");
        let mut profile = profile("https://contoso.crm4.dynamics.com/");
        profile.tenant = ids(1);
        profile.organization.id = ids(2).parse().unwrap();
        profile.user_id = ids(3).parse().unwrap();
        for (id, mistakes) in [
            (1, vec![Mistake::ClientIdIsTenant]),
            (2, vec![Mistake::ClientIdOf("organization")]),
            (3, vec![Mistake::ClientIdOf("user in the organization")]),
            (4, vec![]),
        ] {
            profile.client_id = ids(id).to_uppercase();
            assert_eq!(profile.mistakes(), mistakes);
        }
    }

    #[test]
    fn profiles_survive_and_a_failed_change_changes_nothing() {
        let directory = tempdir().unwrap();
        assert_eq!(Profiles::load(directory.path()).unwrap(), Profiles::default());
        Profiles::change(directory.path(), |all| {
            all.profiles
                .insert(name("a"), profile("https://contoso.crm4.dynamics.com/"));
            all.selected = Some(name("a"));
            Ok(())
        })
        .unwrap();
        let before = Profiles::load(directory.path()).unwrap();
        assert_eq!(before.choose(None, None).unwrap().0, &name("a"));
        let failed = Profiles::change(directory.path(), |all| {
            all.profiles.clear();
            Err::<(), _>(ClientError::NothingSelected)
        });
        assert!(failed.is_err());
        assert_eq!(Profiles::load(directory.path()).unwrap(), before);
    }

    #[test]
    fn asked_beats_project_beats_selected() {
        let mut all = Profiles {
            selected: Some(name("c")),
            ..Profiles::default()
        };
        for each in ["a", "b", "c"] {
            all.profiles.insert(name(each), profile("https://x/"));
        }
        assert_eq!(all.choose(Some("a"), Some(&name("b"))).unwrap().0, &name("a"));
        assert_eq!(all.choose(None, Some(&name("b"))).unwrap().0, &name("b"));
        assert_eq!(all.choose(None, None).unwrap().0, &name("c"));
        let error = all.choose(Some("z"), None).unwrap_err();
        assert!(error.hint().contains("a, b, c"), "{}", error.hint());
        all.selected = None;
        assert!(matches!(
            all.choose(None, None),
            Err(ClientError::NothingSelected)
        ));
    }

    #[test]
    fn the_nearest_project_file_counts() {
        let scratch = tempdir().unwrap();
        let root = scratch.path();
        let deep = root.join("a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::write(root.join(PROJECT_FILE), "profile = \"far\"").unwrap();
        assert_eq!(project_profile(&deep).unwrap(), Some(name("far")));
        fs::write(root.join("a").join(PROJECT_FILE), "profile = \"near\"").unwrap();
        assert_eq!(project_profile(&deep).unwrap(), Some(name("near")));
        fs::write(deep.join(PROJECT_FILE), "profil = \"typo\"").unwrap();
        let error = project_profile(&deep).unwrap_err();
        assert!(error.to_string().contains("profil"), "{error}");
    }

    #[test]
    fn names_are_file_names_and_free_ones_are_found() {
        for bad in ["", ".hidden", "-x", "a/b", "a b", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<ProfileName>().is_err(), "{bad}");
        }
        let mut all = Profiles::default();
        assert_eq!(
            all.free_name("https://contoso.crm4.dynamics.com/"),
            name("contoso")
        );
        all.profiles.insert(name("contoso"), profile("https://x/"));
        assert_eq!(
            all.free_name("https://contoso.crm4.dynamics.com/"),
            name("contoso-2")
        );
        assert_eq!(all.free_name("https://[::1]/"), name("profile"));
    }
}
