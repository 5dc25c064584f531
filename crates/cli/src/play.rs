//! Playing a cause on a running stand-in: who is in the scene, what is changed, and what to try.
//!
//! `break` and `mend` share it. A connection to begin with is a line of [`Start::cast`]; a client's way to ask
//! is [`Scene::asked`].

use std::collections::BTreeMap;

use catalog::{Catalog, Cause, Play, Start};
use http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use types::TenantId;

use crate::{
    control::{Control, encode},
    exit::Exit,
    report::Failure,
};

/// The file in which a browser's cookies are kept.
const COOKIES: &str = "cookies.txt";

/// The cause, if it is one that can be played.
pub(crate) fn playable(id: &str) -> Result<(&'static Cause, &'static Play), Failure> {
    let cause = Catalog::embedded().get(id).ok_or_else(|| {
        let next = "`keyway break --list` lists those that can be played, `keyway causes list` all.";
        Failure::new(Exit::NotFound, format!("there is no cause `{id}`"), next)
    })?;
    match &cause.meta.play {
        Some(play) => Ok((cause, play)),
        None => Err(Failure::usage(
            format!("`{id}` cannot be played: {}", unplayed(cause)),
            "`keyway break --list` lists those that can be.",
        )),
    }
}

/// Why a cause is not played.
pub(crate) fn unplayed(cause: &Cause) -> &str {
    cause.meta.not_played().unwrap_or_default()
}

/// The path of the tenant that is changed: the one of the scene, or where Microsoft accounts live.
pub(crate) fn changed_at(play: &Play, path: &str) -> String {
    match play.from {
        Start::MicrosoftAccount => format!("/tenants/{}", TenantId::CONSUMERS),
        _ => path.to_owned(),
    }
}

/// A tenant of the running stand-in, set for a cause.
pub(crate) struct Scene {
    play: &'static Play,
    tenant: Value,
    /// The account's own name.
    upn: Option<String>,
    app: Value,
    organization: Value,
    /// The link's port.
    link: Option<u16>,
    /// Where the stand-in's certificate authority stands.
    ca: String,
}

/// How a client asks: a command line and the variables that hold what no argument may.
#[derive(Debug, Serialize)]
pub(crate) struct Asked {
    /// What is run first, to have a connection that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<Vec<String>>,
    /// What is run.
    pub(crate) run: Vec<String>,
    /// Where the value of a variable is found: `password of anna@contoso.com`.
    pub(crate) secrets: BTreeMap<&'static str, String>,
}

impl Scene {
    /// Finds everybody in the tenant.
    pub(crate) async fn set(
        control: &Control,
        path: &str,
        play: &'static Play,
        link: Option<u16>,
    ) -> Result<Self, Failure> {
        let ca = control.ready.ca.display().to_string();
        let tenant = control.ask(Method::GET, path, String::new()).await?;
        let (user, app) = play.cast();
        let named = |list: &str, what: &str, fits: &dyn Fn(&Value) -> bool| {
            let found = tenant[list]
                .as_array()
                .into_iter()
                .flatten()
                .find(|one| fits(one));
            found.cloned().ok_or_else(|| {
                Failure::new(
                    Exit::NotFound,
                    format!("the tenant has no {what}"),
                    "Play in a tenant of the demo world, or in a copy of its template `contoso`.",
                )
            })
        };
        let upn = match user {
            None => None,
            Some(user) => {
                let fits = |one: &Value| {
                    one["upn"]
                        .as_str()
                        .is_some_and(|upn| upn.starts_with(user) && upn[user.len()..].starts_with(['@', '_']))
                };
                let account = named("users", &format!("user `{user}`"), &fits)?;
                account["upn"].as_str().map(ToOwned::to_owned)
            }
        };
        let found = match named("apps", &format!("application `{app}`"), &|one| one["name"] == app) {
            Ok(own) => {
                let client_id = own["client_id"].as_str().unwrap_or_default();
                let path = format!("{path}/apps/{}", encode(client_id));
                control.ask(Method::GET, &path, String::new()).await?
            }
            // One of another tenant's, which this one uses as well.
            Err(missing) => {
                let known = control.ready.tenants.iter().flat_map(|tenant| &tenant.apps);
                let foreign = known.into_iter().find(|known| known.name == app).ok_or(missing)?;
                json!({ "id": foreign.client_id, "name": foreign.name })
            }
        };
        let organization = named("organizations", "organization `Contoso Europe`", &|one| {
            one["name"] == "Contoso Europe"
        })?;
        Ok(Self {
            play,
            tenant,
            upn,
            app: found,
            organization,
            link,
            ca,
        })
    }

    /// The amendment as the control API takes it.
    pub(crate) fn amendment(&self) -> Option<Value> {
        let amendment = self.play.amend.as_ref()?;
        Some(json!({
            "amendment": amendment,
            "user": match self.play.from {
                Start::MicrosoftAccount => self.typed(),
                _ => self.upn.clone(),
            },
            "app": self.app["id"],
            "organization": self.organization["unique_name"],
            "with": self.play.with,
        }))
    }

    /// The name to sign in with: a guest's is the one at home.
    fn typed(&self) -> Option<String> {
        let upn = self.upn.as_deref()?;
        let Some((local, _)) = upn.split_once("#EXT#") else {
            return Some(upn.to_owned());
        };
        let (name, domain) = local.rsplit_once('_')?;
        Some(format!("{name}@{domain}"))
    }

    /// How a client asks when all is well, or with what is given to it wrongly.
    pub(crate) fn asked(&self, wrongly: bool) -> Asked {
        let mut flags = BTreeMap::from([
            ("environment".to_owned(), "{url}".to_owned()),
            ("client-id".to_owned(), "{client-id}".to_owned()),
        ]);
        flags.extend(self.play.flags.clone());
        let mut secrets = BTreeMap::new();
        let app = self.app["name"].as_str().unwrap_or_default();
        match self.play.from {
            Start::AppSecret | Start::ThroughProxy | Start::OwnNetwork => {
                secrets.insert("KEYWAY_CLIENT_SECRET", format!("secret of {app}"));
                if self.play.from != Start::AppSecret {
                    flags.insert("environment".to_owned(), "{true-url}".to_owned());
                    flags.insert("ca-file".to_owned(), "{ca}".to_owned());
                }
                if self.play.from == Start::ThroughProxy {
                    flags.insert("proxy".to_owned(), "http://127.0.0.1:{link}".to_owned());
                }
            }
            Start::AppCertificate => {
                flags.insert("certificate".to_owned(), format!("certificate of {app}"));
            }
            Start::Page | Start::Session | Start::Program | Start::Silent => {
                if matches!(self.play.from, Start::Page | Start::Session) {
                    flags.remove("client-id");
                    flags.insert("page".to_owned(), String::new());
                } else {
                    flags.insert("program".to_owned(), String::new());
                }
                let typed = self.typed().unwrap_or_default();
                secrets.insert("KEYWAY_PASSWORD", format!("password of {typed}"));
                flags.insert("username".to_owned(), typed);
            }
            Start::UserPassword
            | Start::GuestPassword
            | Start::MicrosoftAccount
            | Start::ThroughLink
            | Start::Kept => {
                let typed = self.typed().unwrap_or_default();
                secrets.insert("KEYWAY_PASSWORD", format!("password of {typed}"));
                flags.insert("username".to_owned(), typed);
            }
        }
        if let Some(wish) = &self.play.wants {
            flags.insert("wants".to_owned(), wish.clone());
        }
        if wrongly {
            for (flag, value) in &self.play.give {
                match flag.as_str() {
                    "secret" => {
                        secrets.insert("KEYWAY_CLIENT_SECRET", format!("={}", self.filled(value)));
                    }
                    "password" => {
                        secrets.insert("KEYWAY_PASSWORD", format!("={}", self.filled(value)));
                    }
                    _ => {
                        flags.insert(flag.clone(), value.clone());
                    }
                }
            }
        }
        let environment = flags.remove("environment").unwrap_or_default();
        let doctor = self.line(&["doctor", &environment], &flags);
        match self.play.from {
            Start::Kept => Asked {
                first: Some(self.line(&["auth", "create", "--environment", &environment], &flags)),
                run: vec!["doctor".to_owned()],
                secrets,
            },
            Start::Session | Start::Silent => {
                let mut again = flags.clone();
                again.remove("username");
                again.insert("cookies".to_owned(), COOKIES.to_owned());
                if self.play.from == Start::Silent {
                    again.insert("silent".to_owned(), String::new());
                }
                flags.insert("keep-cookies".to_owned(), COOKIES.to_owned());
                Asked {
                    first: Some(self.line(&["doctor", &environment], &flags)),
                    run: self.line(&["doctor", &environment], &again),
                    secrets,
                }
            }
            _ => Asked {
                first: None,
                run: doctor,
                secrets,
            },
        }
    }

    fn line(&self, command: &[&str], flags: &BTreeMap<String, String>) -> Vec<String> {
        let mut line: Vec<String> = command.iter().map(|word| self.filled(word)).collect();
        for (flag, value) in flags {
            line.push(format!("--{flag}"));
            if !value.is_empty() {
                line.push(self.filled(value));
            }
        }
        line
    }

    /// A value with what stands in braces filled in.
    fn filled(&self, value: &str) -> String {
        let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
        let mut url = text(&self.organization["url"]);
        // A dry run opens no link.
        let port = self
            .link
            .map_or_else(|| "PORT".to_owned(), |port| port.to_string());
        if let (true, Some((before, _))) = (self.play.from.has_link(), url.rsplit_once(':')) {
            url = format!("{before}:{port}/");
        }
        let true_url = text(&self.organization["true_url"]);
        let host = true_url
            .trim_start_matches("https://")
            .trim_end_matches('/')
            .to_owned();
        let label = host.split('.').next().unwrap_or_default().to_owned();
        let dress = url
            .split_once(&host)
            .map_or("", |(_, rest)| rest)
            .trim_end_matches('/')
            .to_owned();
        let typed = self.typed().unwrap_or_default();
        let pairs = [
            ("url", url),
            ("true-url", true_url),
            ("link", port),
            ("ca", self.ca.clone()),
            ("host", host),
            ("label", label),
            ("dress", dress.clone()),
            ("tenant-id", text(&self.tenant["id"])),
            ("domain", text(&self.tenant["domain"])),
            ("client-id", text(&self.app["id"])),
            ("object-id", text(&self.app["object_id"])),
            ("secret-id", text(&self.app["secrets"][0]["id"])),
            (
                "user-local",
                typed.split('@').next().unwrap_or_default().to_owned(),
            ),
            (
                "user-domain",
                typed.split('@').nth(1).unwrap_or_default().to_owned(),
            ),
            ("user", typed),
        ];
        let mut filled = value.to_owned();
        for (name, with) in pairs {
            filled = filled.replace(&format!("{{{name}}}"), &with);
        }
        filled
    }
}
