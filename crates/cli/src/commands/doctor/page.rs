//! `keyway doctor --page`: opens the address as a browser does.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use client::{MethodName, Target};
use evidence::Findings;
use probe::{Jar, Program, Visit};
use serde_json::{Value, json};
use types::Secret;

use super::Doctor;
use crate::{context::Context, progress::Progress, report::Failure};

/// The largest file of cookies that is read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What a browser would do.
#[derive(Args)]
#[command(next_help_heading = "Open a page as a browser does")]
pub(super) struct Page {
    /// Open the address as a browser does, instead of asking its Web API: with cookies, from redirect to redirect,
    /// through the sign-in form once (--username). For people who are sent round in a circle, or signed out. Scripts
    /// are not run
    #[arg(long, env = "KEYWAY_PAGE")]
    page: bool,
    /// Open the sign-in of a program that signs in for this organization: --client-id, which sends --redirect-uri. The
    /// redirect URI is not opened, and the code it is given not redeemed
    #[arg(long, env = "KEYWAY_PROGRAM")]
    program: bool,
    /// What the program asks for, as it sends it [default: all that its registration lists for the organization]
    #[arg(long, value_name = "SCOPES", requires = "program", env = "KEYWAY_SCOPE")]
    scope: Option<String>,
    /// Ask as a program does that renews a sign-in with nothing to be seen (prompt=none): by the cookies alone
    #[arg(long, requires_all = ["program", "cookies"], env = "KEYWAY_SILENT")]
    silent: bool,
    /// Come back with the cookies of a browser: a file in the Netscape format (cookies.txt), as extensions of browsers
    /// export it. It is only read, and what stands in it is never shown
    #[arg(long, value_name = "FILE", env = "KEYWAY_COOKIES")]
    cookies: Option<PathBuf>,
    /// Keep the cookies in such a file, to come back with them later. Whoever has the file has the session
    #[arg(long, value_name = "FILE", env = "KEYWAY_KEEP_COOKIES")]
    keep_cookies: Option<PathBuf>,
}

impl Page {
    /// Whether a page is to be opened: cookies are nothing to an API.
    pub(super) fn is_asked(&self) -> bool {
        self.page || self.program || self.cookies.is_some() || self.keep_cookies.is_some()
    }

    /// Opens it. What was asked for, without secrets, comes with what was seen.
    pub(super) async fn open(
        &self,
        doctor: &Doctor,
        context: &Context,
        (given, login): (&str, &str),
    ) -> Result<(Findings, Value), Failure> {
        if let Ok(Target::Lookup { wanted, .. }) = Target::read(given, login) {
            return Err(Failure::usage(
                format!("`{wanted}` is a name, and a page has an address"),
                "Give the address as it stands in the browser: https://contoso.crm4.dynamics.com/main.aspx",
            ));
        }
        let client_id = doctor.who.client_id(MethodName::Browser)?;
        let person = doctor.who.how.person()?;
        let mut jar = self.cookies.as_deref().map_or_else(|| Ok(Jar::default()), read)?;
        let visit = Visit {
            address: given,
            login,
            account: person.as_ref().map(|(upn, password)| (upn, password)),
            returning: self.cookies.is_some(),
            program: self.program.then_some(Program {
                client_id: &client_id,
                tenant: doctor.who.tenant.as_deref(),
                redirect_uri: doctor.who.how.redirect_uri(),
                scope: self.scope.as_deref(),
                silent: self.silent,
            }),
        };
        if let Some((upn, _)) = &person {
            context.output.talk(&format!(
                "note: the password of {upn} is sent once at most, into a sign-in form of {}, and nowhere else.",
                visit.sign_in_services().join(" or ")
            ));
        }
        let (outside, network, progress) =
            (context.outside_keeping()?, context.network()?, Progress::steps());
        let world = doctor.world(&outside, &network, &progress);
        let findings = probe::browse(&world, &visit, &mut jar).await;
        progress.ends();
        if let Some(file) = &self.keep_cookies {
            client::replace_file(file, jar.to_file().expose().as_bytes()).map_err(|error| {
                Failure::internal(format!("the cookies cannot be kept in {}", file.display()), error)
            })?;
            context.output.talk(&format!(
                "note: the cookies are kept in {}. Whoever has this file has the session: delete it when you are done.",
                file.display()
            ));
        }
        let settings = json!({
            "target": given.split('?').next(),
            "authority": login,
            "page": true,
            "program": self.program.then_some(&client_id),
            "account": person.is_some(),
            "cookies": self.cookies.is_some(),
            "system": std::env::consts::OS,
        });
        Ok((findings, settings))
    }
}

fn read(file: &Path) -> Result<Jar, Failure> {
    let shown = file.display();
    let read = std::fs::File::open(file).and_then(|open| {
        let mut text = String::new();
        open.take(LARGEST + 1).read_to_string(&mut text)?;
        if text.len() as u64 > LARGEST {
            return Err(io::Error::other(format!("it is larger than {LARGEST} bytes")));
        }
        Ok(Secret::new(text))
    });
    let text = read.map_err(|error| {
        Failure::usage(
            format!("the cookies in {shown} cannot be read: {error}"),
            "Check the path and who may read the file.",
        )
    })?;
    Jar::read(text.expose()).map_err(|why| {
        Failure::usage(
            format!("{shown} is no file of cookies: {why}"),
            "Export the cookies of the page's site in the Netscape format (cookies.txt).",
        )
    })
}
