//! `keyway break` and `keyway mend`: play a cause on the running stand-in.

use catalog::{Catalog, Play, Start};
use clap::Args;
use http::Method;
use serde_json::{Value, json};
use standin::Ready;
use types::TenantId;

use crate::{
    context::Context,
    control::{Control, Which, encode},
    output::columns,
    play::{Asked, Scene, changed_at, playable, unplayed},
    report::Failure,
    shell,
};

/// Break one thing on the running stand-in, so that a cause can be met
///
/// Arranges real state, says exactly what was changed, and what to run to see it.
#[derive(Args)]
pub(crate) struct Break {
    /// The cause
    #[arg(value_name = "CAUSE", required_unless_present = "list")]
    cause: Option<String>,
    /// List the causes that can be played, and why the others cannot
    #[arg(long, env = "KEYWAY_LIST", conflicts_with = "cause")]
    list: bool,
    /// Change nothing: show what would be changed, and how it looks when all is well
    #[arg(long, env = "KEYWAY_DRY_RUN")]
    dry_run: bool,
    /// The link the network shall fail on, by its port; a new one without it
    #[arg(long, value_name = "PORT", env = "KEYWAY_LINK")]
    link: Option<u16>,
    #[command(flatten)]
    which: Which,
    /// The tenant, by id or domain; the one the world begins with unless given
    #[arg(long, value_name = "TENANT", env = "KEYWAY_TENANT")]
    tenant: Option<String>,
}

/// Mend what `keyway break` broke on the running stand-in
#[derive(Args)]
pub(crate) struct Mend {
    /// The cause; without one everything that is broken in the tenant and among Microsoft accounts, and every link that
    /// fails
    #[arg(value_name = "CAUSE")]
    cause: Option<String>,
    /// The link to mend, by its port; without it every link that fails this way is closed
    #[arg(long, value_name = "PORT", env = "KEYWAY_LINK", requires = "cause")]
    link: Option<u16>,
    #[command(flatten)]
    which: Which,
    /// The tenant, by id or domain; the one the world begins with unless given
    #[arg(long, value_name = "TENANT", env = "KEYWAY_TENANT")]
    tenant: Option<String>,
}

impl Break {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let Some(id) = self.cause else {
            return list(context);
        };
        let (cause, play) = playable(&id)?;
        if let (Some(_), false) = (&play.network, self.dry_run) {
            return Err(Failure::usage(
                format!("`{id}` is a failure of the network, which a stand-in does not have"),
                "The project's tests play it in a network of their own; --dry-run shows what they ask.",
            ));
        }
        let mut mend = vec!["mend".to_owned(), cause.id.clone()];
        mend.extend(self.which.flag());
        mend.extend(
            self.tenant
                .iter()
                .flat_map(|tenant| ["--tenant".to_owned(), tenant.clone()]),
        );
        let control = self.which.find().await?;
        let path = control.tenant_path(self.tenant.as_deref())?;
        let link = match (play.from.has_link(), self.link) {
            (false, _) => None,
            (true, Some(port)) => Some(port),
            (true, None) if self.dry_run => None,
            (true, None) => Some(open(&control, play).await?),
        };
        let scene = Scene::set(&control, &path, play, link).await?;
        let amendment = scene.amendment();
        let made = match (&amendment, link) {
            _ if self.dry_run => Value::Null,
            (Some(amendment), _) => {
                let path = format!("{}/amendments", changed_at(play, &path));
                control.ask(Method::POST, &path, amendment.to_string()).await?
            }
            (None, Some(port)) => turn(&control, port, play.link.as_deref()).await?,
            (None, None) => Value::Null,
        };
        let (healthy, broken) = (scene.asked(false), scene.asked(true));
        let shown = json!({
            "cause": cause.id,
            "title": cause.article.title,
            "amendment": amendment,
            "link": link,
            "changed": made["changed"],
            "healthy": healthy,
            "broken": broken,
        });
        context.output.result(&shown, || {
            let mut lines = vec![format!("{}: {}", cause.id, cause.article.title), String::new()];
            match made["changed"].as_array() {
                _ if self.dry_run => {
                    lines.push("Nothing was changed (dry run).".to_owned());
                    if play.from.has_link() && link.is_none() {
                        lines.push("A link would be opened; PORT stands for its port.".to_owned());
                    }
                }
                Some(changed) => {
                    lines.push("Changed:".to_owned());
                    let changed = changed.iter().filter_map(Value::as_str);
                    lines.extend(changed.map(|one| format!("  {one}")));
                }
                None => lines.push("Nothing was changed: the client is told something wrong.".to_owned()),
            }
            lines.push(String::new());
            let mend = made.is_object().then_some(&mend[..]);
            lines.extend(see(&broken, &control.ready, mend));
            lines.join("\n")
        })
    }
}

/// Opens a link that works.
async fn open(control: &Control, play: &Play) -> Result<u16, Failure> {
    let to = match play.from {
        Start::ThroughProxy => "proxy",
        _ => "https",
    };
    let opened = control
        .ask(Method::POST, "/links", json!({ "to": to }).to_string())
        .await?;
    opened["port"]
        .as_u64()
        .and_then(|port| port.try_into().ok())
        .ok_or_else(|| Failure::internal("a link was opened", opened.to_string()))
}

/// Lets the network fail on a link, or work again.
async fn turn(control: &Control, port: u16, way: Option<&str>) -> Result<Value, Failure> {
    let body = json!({ "way": way }).to_string();
    control.ask(Method::PUT, &format!("/links/{port}"), body).await
}

/// What to paste, to see it and to mend it.
fn see(asked: &Asked, ready: &Ready, mend: Option<&[String]>) -> Vec<String> {
    let mut variables = Vec::new();
    let mut unknown = Vec::new();
    for (variable, of) in &asked.secrets {
        match value(of, ready) {
            Some(value) => variables.push((*variable, value)),
            None => unknown.push(format!("  with {variable} set to the {of}")),
        }
    }
    let line = |variables: &[(&str, String)], words: &[String]| {
        let words: Vec<String> = words
            .iter()
            .map(|word| certificate(word, ready).unwrap_or_else(|| word.clone()))
            .collect();
        format!("  {}", shell::pasted(variables, &words))
    };
    let mut lines = Vec::new();
    if let Some(first) = &asked.first {
        lines.push(
            "It is met by a connection that was kept while all was well. If there is none, mend it, connect,"
                .to_owned(),
        );
        lines.push("and break it again:".to_owned());
        lines.push(line(&variables, first));
        // What is kept needs no secret.
        variables.clear();
        lines.push(String::new());
    }
    lines.push("The doctor finds it:".to_owned());
    lines.push(line(&variables, &asked.run));
    lines.extend(unknown);
    if let Some(mend) = mend {
        lines.push(String::new());
        lines.push("And this mends it:".to_owned());
        lines.push(format!("  {}", shell::pasted(&[], mend)));
    }
    lines
}

/// The value that a description stands for: `=literal`, `secret of APP`, `password of UPN`.
fn value(of: &str, ready: &Ready) -> Option<String> {
    if let Some(literal) = of.strip_prefix('=') {
        return Some(literal.to_owned());
    }
    let tenants = ready.tenants.iter();
    if let Some(app) = of.strip_prefix("secret of ") {
        return tenants
            .flat_map(|tenant| &tenant.apps)
            .find(|known| known.name == app)
            .and_then(|known| known.secret.clone());
    }
    let upn = of.strip_prefix("password of ")?;
    tenants
        .flat_map(|tenant| &tenant.users)
        .find(|known| known.upn == upn)
        .and_then(|known| known.password.clone())
}

/// The file that `certificate of APP` stands for.
fn certificate(word: &str, ready: &Ready) -> Option<String> {
    let app = word.strip_prefix("certificate of ")?;
    let mut apps = ready.tenants.iter().flat_map(|tenant| &tenant.apps);
    apps.find(|known| known.name == app)?.certificate.clone()
}

fn list(context: &Context) -> Result<(), Failure> {
    let causes = Catalog::embedded().causes();
    let (played, not): (Vec<_>, Vec<_>) = causes.iter().partition(|cause| cause.meta.play.is_some());
    let shown = json!({
        "played": played.iter().map(|cause| json!({ "cause": cause.id, "play": cause.meta.play })).collect::<Vec<_>>(),
        "not_played": not.iter().map(|cause| json!({ "cause": cause.id, "because": unplayed(cause), "never": cause.meta.unplayed.is_some() })).collect::<Vec<_>>(),
    });
    context.output.result(&shown, || {
        let mut rows = Vec::new();
        for cause in &played {
            let play = cause.meta.play.as_ref();
            let how = play.and_then(|play| {
                [&play.amend, &play.link, &play.network]
                    .into_iter()
                    .flatten()
                    .next()
            });
            let how = how.map_or("told something wrong", String::as_str).to_owned();
            rows.push(vec![cause.id.clone(), how, cause.article.title.clone()]);
        }
        for cause in &not {
            rows.push(vec![cause.id.clone(), "-".to_owned(), unplayed(cause).to_owned()]);
        }
        columns(&["CAUSE", "HOW", "WHAT IS WRONG, OR WHY IT IS NOT PLAYED"], &rows)
    })
}

impl Mend {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let control = self.which.find().await?;
        let tenant = control.tenant_path(self.tenant.as_deref())?;
        let Some(id) = &self.cause else {
            let mut names = take_back(&control, &tenant).await?;
            let mut known = control.ready.tenants.iter().map(|known| known.id);
            if known.any(|id| id == TenantId::CONSUMERS) {
                let personal = format!("/tenants/{}", TenantId::CONSUMERS);
                names.extend(take_back(&control, &personal).await?);
            }
            names.extend(close(&control, None).await?);
            return mended_all(context, &names);
        };
        let (_, play) = playable(id)?;
        let names = match (&play.link, self.link) {
            (Some(way), Some(port)) => {
                turn(&control, port, None).await?;
                vec![way.clone()]
            }
            (Some(way), None) => close(&control, Some(way)).await?,
            (None, _) => {
                let names: Vec<String> = play.amend.iter().cloned().collect();
                delete(&control, &changed_at(play, &tenant), &names).await?;
                names
            }
        };
        mended_all(context, &names)
    }
}

/// Takes everything back that was amended in a tenant; its names come back.
async fn take_back(control: &Control, tenant: &str) -> Result<Vec<String>, Failure> {
    let path = format!("{tenant}/amendments");
    let applied = control.ask(Method::GET, &path, String::new()).await?;
    let applied = applied["applied"].as_array().cloned().unwrap_or_default();
    let name = |one: &Value| one["amendment"].as_str().map(ToOwned::to_owned);
    let names: Vec<String> = applied.iter().filter_map(name).collect();
    delete(control, tenant, &names).await?;
    Ok(names)
}

async fn delete(control: &Control, tenant: &str, names: &[String]) -> Result<(), Failure> {
    for name in names {
        let path = format!("{tenant}/amendments/{}", encode(name));
        control.ask(Method::DELETE, &path, String::new()).await?;
    }
    Ok(())
}

fn mended_all(context: &Context, names: &[String]) -> Result<(), Failure> {
    context
        .output
        .result(&json!({ "mended": names }), || match names.len() {
            0 => "Nothing was broken.".to_owned(),
            _ => format!("Mended: {}", names.join(", ")),
        })
}

/// Closes every link that fails, or that fails this way; how each one failed comes back.
async fn close(control: &Control, way: Option<&str>) -> Result<Vec<String>, Failure> {
    let known = control.ask(Method::GET, "/links", String::new()).await?;
    let mut closed = Vec::new();
    for link in known["links"].as_array().into_iter().flatten() {
        let Some(fails) = link["way"].as_str() else {
            continue;
        };
        if way.is_none_or(|way| way == fails) {
            let path = format!("/links/{}", link["port"]);
            control.ask(Method::DELETE, &path, String::new()).await?;
            closed.push(fails.to_owned());
        }
    }
    Ok(closed)
}
