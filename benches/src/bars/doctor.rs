//! The doctor over links with 50 ms of delay, against the round trips of the longest chain that it cannot do without.
//!
//! Between the doctor and the server stands a relay that holds everything for half a round trip on its way. Connecting
//! over it takes no time, as the relay is next door; so the first that a client sends waits for a whole round trip more.
//!
//! The chain, for an application with a secret at an address: connect, TLS and challenge of the organization; connect,
//! TLS and token of the sign-in service that the challenge names; `WhoAmI` with that token on the organization's first
//! connection; the roles of the user it names. What else the doctor looks at need wait for none of it.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::spawn_local,
};
use types::Stopwatch;

use crate::{
    Lab, Outcome,
    report::{Row, median, say, spread},
    server::Server,
};

/// There and back.
const ROUND_TRIP: Duration = Duration::from_millis(50);
/// The chain's round trips.
const CHAIN: u32 = 8;
/// What waits in a relay at most, in pieces.
const PIECES: usize = 1024;

pub(crate) async fn measure(lab: &Lab) -> Outcome<Vec<Row>> {
    let server = Server::start(lab, "doctor", false).await?;
    let directory = lab.directory("doctor")?;
    let secret = directory.join("secret");
    std::fs::write(&secret, server.env("AZURE_CLIENT_SECRET")?)
        .map_err(|error| format!("{}: {error}", secret.display()))?;
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    spawn_local(relay(listener, server.login().address()));
    let host = server.organization()?.name().to_owned();
    let target = format!("https://{host}:{port}");
    let mut times = Vec::new();
    for round in 0..lab.settings.rounds {
        let mut command = tokio::process::Command::from(lab.cores.on_server_core(&lab.settings.keyway));
        command
            .args(["doctor", &target, "--output", "json", "--client-id"])
            .args([server.env("AZURE_CLIENT_ID")?, "--client-secret-file"])
            .arg(&secret)
            .args(["--authority"])
            .arg(format!("https://login.microsoftonline.com.localhost:{port}"))
            .args(["--ca-file", server.env("SSL_CERT_FILE")?])
            .env("KEYWAY_CONFIG_DIR", &directory)
            .stdin(Stdio::null());
        let watch = Stopwatch::start();
        let output = command.output().await.map_err(|error| error.to_string())?;
        let milliseconds = watch.elapsed().as_secs_f64() * 1000.0;
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if said["verdict"] != "healthy" {
            let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("the doctor says {}: {wrong}", said["verdict"]));
        }
        if round == 0 {
            say(&steps(&said));
        }
        times.push(milliseconds);
    }
    let (low, high) = spread(&times);
    let ideal = ROUND_TRIP.as_secs_f64() * 1000.0 * f64::from(CHAIN);
    Ok(vec![Row::at_most(
        "doctor",
        format!("doctor over links with 50 ms / the {CHAIN} round trips of its longest chain"),
        median(&times) / ideal,
        1.3,
        "",
        &format!(
            "({:.0} ms, {low:.0}–{high:.0} in {} runs)",
            median(&times),
            times.len()
        ),
    )])
}

/// What was done, and how long each step took.
fn steps(said: &Value) -> String {
    let steps = said["steps"].as_array().map_or(&[][..], Vec::as_slice);
    steps.iter().map(|step| format!("{step}\n")).collect()
}

/// Carries every connection to the server, late.
async fn relay(listener: TcpListener, to: SocketAddr) {
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(to).await else {
            continue;
        };
        // Each piece must leave when it is due, not when more has gathered.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        // What a client sends once connecting has taken a round trip.
        spawn_local(late(from_client, to_server, ROUND_TRIP + ROUND_TRIP / 2));
        spawn_local(late(from_server, to_client, Duration::ZERO));
    }
}

/// Hands on what comes half a round trip later, and not before so long after the connection began.
async fn late(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin + 'static,
    earliest: Duration,
) {
    let (give, mut given) = mpsc::channel::<(Stopwatch, Vec<u8>)>(PIECES);
    let since = Stopwatch::start();
    spawn_local(async move {
        while let Some((arrived, piece)) = given.recv().await {
            let travel = (ROUND_TRIP / 2).saturating_sub(arrived.elapsed());
            tokio::time::sleep(travel.max(earliest.saturating_sub(since.elapsed()))).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let piece = buffer.get(..read).unwrap_or_default().to_vec();
        if give.send((Stopwatch::start(), piece)).await.is_err() {
            return;
        }
    }
}
