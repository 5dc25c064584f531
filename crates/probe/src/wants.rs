//! What a person wants to do, and whether their security roles allow it.
//!
//! A role that lacks such a privilege breaks no connection, so it is only looked at where somebody says what is wanted.
//! To add a wish: its line in [`Wish::ALL`] and a rule in the cause it leads to.

use std::time::Duration;

use client::WhoAmI;
use evidence::{Findings, Kind, Seen};
use serde::Deserialize;
use types::Secret;
use wire::address::WEB_API;

use crate::{Probe, World, ask};

pub(crate) const PROBE: Probe = Probe {
    name: "wants",
    about: "whether the user's security roles allow what is wanted",
    needs: "--wants, and WhoAmI",
};

/// Something a person wants to do that needs a privilege of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Wish {
    /// What it is asked for by.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// The privilege it needs.
    privilege: &'static str,
}

impl Wish {
    /// All of them.
    pub const ALL: [Self; 4] = [
        wish("apps", "open model-driven apps", "prvReadAppModule"),
        // The Outlook client stores the person's language there.
        wish(
            "outlook-client",
            "configure the Outlook client",
            "prvWriteUserSettings",
        ),
        wish("outlook-app", "use the app for Outlook", "prvUseOfficeApps"),
        wish("send-as", "send mail as somebody else", "prvSendAsUser"),
    ];
}

const fn wish(name: &'static str, about: &'static str, privilege: &'static str) -> Wish {
    Wish {
        name,
        about,
        privilege,
    }
}

/// The answer of `RetrieveUserPrivileges`.
#[derive(Deserialize)]
struct Privileges {
    #[serde(rename = "RolePrivileges")]
    all: Vec<Held>,
}

#[derive(Deserialize)]
struct Held {
    /// Older releases tell ids only.
    #[serde(rename = "PrivilegeName")]
    name: Option<String>,
}

impl Privileges {
    /// Whether it is among them; `None` where they have no names.
    fn hold(&self, privilege: &str) -> Option<bool> {
        let mut names = self.all.iter().filter_map(|held| held.name.as_deref()).peekable();
        names.peek()?;
        Some(names.any(|name| name == privilege))
    }
}

/// Reads the caller's privileges, those that come through teams too, and looks for the one that the wish needs.
pub(crate) async fn look(
    world: &World<'_>,
    wish: &Wish,
    url: &str,
    who: &WhoAmI,
    token: &Secret,
    findings: &mut Findings,
) {
    world.begins(&PROBE);
    let asked = format!(
        "{}{WEB_API}systemusers({})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()",
        url.trim_end_matches('/'),
        who.user_id
    );
    let Some(response) = ask::get(world, &asked, Some(token), findings).await else {
        return;
    };
    let read = serde_json::from_slice::<Privileges>(&response.body).ok();
    let Some(held) = read.filter(|_| response.status.is_success()) else {
        return ask::refused(&response, findings);
    };
    let Wish { about, privilege, .. } = wish;
    let seen = match held.hold(privilege) {
        None => Seen::Skipped(format!("{privilege} is needed; this release names no privileges")),
        Some(true) => Seen::Ok(format!("{privilege} is needed, and held")),
        Some(false) => Seen::Failed(format!("{privilege} is needed, and no security role has it")),
    };
    let lacks = matches!(seen, Seen::Failed(_));
    let what = format!("see whether the user may {about}");
    findings.step(what, seen, Duration::ZERO);
    if lacks {
        findings.see(Kind::State, &format!("lacks-{privilege}"));
    }
}

#[cfg(test)]
mod tests {
    use super::Privileges;

    #[test]
    fn only_privileges_with_names_tell_what_is_missing() {
        let hold = |json: &str| {
            serde_json::from_str::<Privileges>(json)
                .unwrap()
                .hold("prvReadAppModule")
        };
        let some =
            r#"{"RolePrivileges":[{"PrivilegeName":"prvReadUser"},{"PrivilegeName":"prvReadAppModule"}]}"#;
        assert_eq!(hold(some), Some(true));
        assert_eq!(
            hold(r#"{"RolePrivileges":[{"PrivilegeName":"prvReadUser"}]}"#),
            Some(false)
        );
        assert_eq!(
            hold(r#"{"RolePrivileges":[{"PrivilegeId":"x","Depth":"Global"}]}"#),
            None
        );
    }
}
