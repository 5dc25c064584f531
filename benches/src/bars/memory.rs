//! B10: resident memory: idle, under a minute of tokens and WhoAmI, and flat over a million tokens.

use std::{rc::Rc, time::Duration};

use super::protections;
use crate::{
    Lab, Outcome, load, machine,
    report::{Row, say},
    server::Server,
};

/// How long the load lasts, in all.
const LOAD: Duration = Duration::from_secs(60);
/// How long each part of it lasts; memory is read after each.
const PART: Duration = Duration::from_secs(5);
const MILLION: usize = 1_000_000;
/// What one Argon2id hash takes: 19 MiB.
const HASH: f64 = 19.0 * 1.048_576;
/// Few at once take and give back memory for each hash; many hand it on.
const ALONE_AND_TOGETHER: [u32; 3] = [1, 3, 32];

pub(crate) async fn measure(lab: &Lab) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, durable) in [("in memory", false), ("durable", true)] {
        let server = Server::start(lab, &format!("memory-{durable}"), durable).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let idle = machine::resident(server.pid());
        protections::off(&server).await?;
        let highest = mixed(lab, &server).await?;
        say(&format!(
            "{name}: {idle:.1} MB idle, at most {highest:.1} MB under load"
        ));
        rows.push(Row::at_most(
            "B10",
            format!("resident memory, idle, state {name}"),
            idle,
            20.0,
            " MB",
            "",
        ));
        let detail = format!("(the highest in {} s)", LOAD.as_secs());
        rows.push(Row::at_most(
            "B10",
            format!("under tokens and WhoAmI, state {name}"),
            highest,
            40.0,
            " MB",
            &detail,
        ));
        let signing_in = passwords(&server).await?;
        rows.push(Row::at_most(
            "B10",
            format!("under sign-ins by password, state {name}"),
            signing_in,
            40.0 + HASH,
            " MB",
            &format!("(the highest of {ALONE_AND_TOGETHER:?} at once; the server has one core, so it hashes one at a time)"),
        ));
        if lab.settings.million {
            rows.push(million(lab, &server, name).await?);
        }
    }
    Ok(rows)
}

/// Tokens and WhoAmI in turns; the highest memory seen.
async fn mixed(lab: &Lab, server: &Server) -> Outcome<f64> {
    let token: Rc<[Vec<u8>]> = Rc::new([server.token_request()?]);
    let organization = server.organization()?;
    let calls: Rc<[Vec<u8>]> = server
        .tokens(4096)
        .await?
        .iter()
        .map(|token| {
            organization.get(
                "/api/data/v9.2/WhoAmI",
                &format!("Authorization: Bearer {token}\r\n"),
            )
        })
        .collect();
    let mut highest: f64 = 0.0;
    for _ in 0..LOAD.as_secs() / PART.as_secs() / 2 {
        load::run(
            server.login(),
            lab.settings.connections,
            PART,
            &token,
            "access_token",
        )
        .await?;
        highest = highest.max(machine::resident(server.pid()));
        load::run(&organization, lab.settings.connections, PART, &calls, "UserId").await?;
        highest = highest.max(machine::resident(server.pid()));
    }
    Ok(highest)
}

/// People's passwords, a few at once and many; the highest memory seen.
async fn passwords(server: &Server) -> Outcome<f64> {
    let request: Rc<[Vec<u8>]> = Rc::new([server.password_request()?]);
    let mut highest: f64 = 0.0;
    for at_once in ALONE_AND_TOGETHER {
        let round = load::run(server.login(), at_once, PART, &request, "access_token").await?;
        if round.refused > 0 {
            return Err(format!(
                "{} of {} sign-ins were refused",
                round.refused,
                round.count()
            ));
        }
        highest = highest.max(machine::resident(server.pid()));
    }
    Ok(highest)
}

/// A million tokens. Flat: what the second half adds is within what the first hundred thousand moved, or 2 MB.
async fn million(lab: &Lab, server: &Server, name: &str) -> Outcome<Row> {
    let token: Rc<[Vec<u8>]> = Rc::new([server.token_request()?]);
    let (mut issued, mut readings) = (0, Vec::new());
    while issued < MILLION {
        let round = load::run(
            server.login(),
            lab.settings.connections,
            PART,
            &token,
            "access_token",
        )
        .await?;
        if round.refused > 0 {
            return Err(format!(
                "{} of {} token requests were refused",
                round.refused,
                round.count()
            ));
        }
        issued += round.count();
        let now = machine::resident(server.pid());
        say(&format!("{issued} tokens: {now:.1} MB"));
        readings.push(now);
    }
    let half = readings.len() / 2;
    let highest = |part: &[f64]| part.iter().copied().fold(0.0, f64::max);
    let grown = highest(&readings[half..]) - highest(&readings[..half]);
    let detail = format!(
        "({issued} tokens; {:.1} MB at the end)",
        readings.last().copied().unwrap_or_default()
    );
    let what = format!("growth over the second half of a million tokens, state {name}");
    Ok(Row::at_most("B10", what, grown, 2.0, " MB", &detail))
}
