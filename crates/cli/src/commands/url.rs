//! `keyway url ANYTHING`: what an address is, and what it should be.

use clap::Args;
use serde_json::{Value, json};
use types::RegionTable;
use wire::address::{Address, Kind, OnPremises, Online, encode};

use crate::{context::Context, exit::Exit, output::table, report::Failure};

/// Say what an address is, and what it should be
///
/// Takes anything: an address in any state, a page's address, a connection string, a name, an id. Nothing
/// is sent anywhere.
#[derive(Args)]
pub(crate) struct Url {
    /// The address, or what is taken for one
    #[arg(value_name = "ANYTHING", required = true, num_args = 1..)]
    anything: Vec<String>,
}

impl Url {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let given = self.anything.join(" ");
        let address = Address::read(&given, &RegionTable::default());
        let facts = facts(&address);
        context
            .output
            .result(&to_json(&address, &facts), || to_text(&address, &facts))?;
        // The answer has been given in full; the code tells a script that it is no organization's address.
        match address.kind {
            Kind::NotAnAddress(_)
            | Kind::LookAlike(_)
            | Kind::UnknownRegion { .. }
            | Kind::MissingRegion(_) => {
                let next = address.notes.last().cloned().unwrap_or_default();
                Err(Failure::new(
                    Exit::NotFound,
                    format!("`{given}` leads to no organization"),
                    next,
                ))
            }
            _ => Ok(()),
        }
    }
}

/// Everything that follows from the address: name for programs, name for people, value.
type Facts = Vec<(&'static str, &'static str, String)>;

fn facts(address: &Address) -> Facts {
    match &address.kind {
        Kind::Online(online) => of_online(online),
        Kind::OnPremises(server) => of_server(server),
        kind => kind
            .corrected()
            .map(|url| ("url", "address", url))
            .into_iter()
            .collect(),
    }
}

fn of_online(online: &Online) -> Facts {
    let (user, app) = (online.user_scopes(), online.app_scopes());
    vec![
        ("url", "address", online.url()),
        ("name", "name", online.name.clone()),
        (
            "region",
            "region",
            format!("{} ({})", online.region.name, online.region.code),
        ),
        ("web_api", "Web API", online.web_api()),
        ("api_url", "twin for programs", online.api_url()),
        (
            "discovery",
            "global discovery",
            online.discovery().unwrap_or_default(),
        ),
        (
            "regional_discovery",
            "SOAP discovery (retired)",
            online.regional_discovery(),
        ),
        ("sign_in", "sign-in host", online.login()),
        ("resource", "resource", online.url()),
        ("resource_encoded", "resource, URL-encoded", encode(&online.url())),
        ("scope_user", "scope for people", user.double),
        ("scope_user_single_slash", "  with one slash", user.single),
        ("scope_app", "scope for applications", app.double),
        ("scope_app_single_slash", "  with one slash", app.single),
        (
            "authorization_endpoint_v1",
            "authorization endpoint v1",
            online.authorization_v1(),
        ),
        ("token_endpoint_v1", "token endpoint v1", online.token_v1()),
    ]
}

fn of_server(server: &OnPremises) -> Facts {
    vec![
        ("url", "address", server.url()),
        ("name", "name", server.organization.clone().unwrap_or_default()),
        ("host", "host", server.authority.clone()),
        ("web_api", "Web API", server.web_api()),
        ("discovery", "SOAP discovery", server.discovery()),
    ]
}

fn to_json(address: &Address, facts: &Facts) -> Value {
    let mut out =
        json!({"kind": address.kind.slug(), "meaning": address.kind.sentence(), "notes": address.notes});
    for (key, _, value) in facts.iter().filter(|(_, _, value)| !value.is_empty()) {
        out[*key] = Value::from(value.clone());
    }
    match &address.kind {
        Kind::SignIn {
            resource: Some(resource),
        } => out["resource"] = Value::from(resource.clone()),
        Kind::Portal {
            environment: Some(id),
        }
        | Kind::Id(id) => out["environment"] = Value::from(id.to_string()),
        _ => {}
    }
    out
}

fn to_text(address: &Address, facts: &Facts) -> String {
    let mut out = format!("This is {}.\n", address.kind.sentence());
    for note in &address.notes {
        out.push_str(&format!("- {note}\n"));
    }
    if let Kind::SignIn {
        resource: Some(resource),
    } = &address.kind
    {
        out.push_str(&format!("- It asks for a token for {resource}\n"));
    }
    if !facts.is_empty() {
        let rows: Vec<(&str, String)> = facts
            .iter()
            .map(|(_, name, value)| (*name, value.clone()))
            .collect();
        out.push_str(&format!("\n{}", table(&rows)));
    }
    if matches!(address.kind, Kind::Online(_)) {
        out.push_str(
            "\nlogin.windows.net is the old name of login.microsoftonline.com. A single-tenant app cannot use `common`\n\
             (AADSTS50194): put the tenant's id in its place.\n",
        );
    }
    out
}
