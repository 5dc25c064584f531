//! B9: from the start of the process until the ready file is there and the health route answers.

use std::time::Duration;

use types::Stopwatch;

use super::documents::STATIC;
use crate::{
    Lab, Outcome,
    load::Connection,
    report::{Row, median, say, spread},
    server::{Manner, Server},
};

pub(crate) async fn measure(lab: &Lab) -> Outcome<Vec<Row>> {
    let mut first = Vec::new();
    let mut again = Vec::new();
    for round in 0..lab.settings.rounds {
        let manner = Manner {
            state: lab.directory(&format!("start-{round}-state"))?,
            data: Some(lab.directory(&format!("start-{round}-data"))?),
            preload: None,
        };
        first.push(milliseconds(lab, &manner).await?);
        for _ in 0..3 {
            again.push(milliseconds(lab, &manner).await?);
        }
    }
    say(&format!(
        "first starts (ms): {first:.0?}\nlater starts (ms): {again:.0?}"
    ));
    let range = |times: &[f64]| {
        let (low, high) = spread(times);
        format!("({low:.0}–{high:.0} in {} starts)", times.len())
    };
    Ok(vec![
        Row::at_most(
            "B9",
            "start with an existing data directory",
            median(&again),
            50.0,
            " ms",
            &range(&again),
        ),
        Row::at_most(
            "B9",
            "very first start, keys and authority included",
            median(&first),
            1000.0,
            " ms",
            &range(&first),
        ),
    ])
}

async fn milliseconds(lab: &Lab, manner: &Manner) -> Outcome<f64> {
    let server = Server::start_as(lab, manner).await?;
    let watch = Stopwatch::start();
    let control = server.control();
    let mut connection = Connection::open(&control).await?;
    let reply = connection.exchange(&control.get(STATIC.0, "")).await?;
    let (status, answered) = (reply.status, watch.elapsed());
    if status != 200 {
        return Err(format!("ready, and health answers {status}"));
    }
    let whole: Duration = server.ready_after + answered;
    Ok(whole.as_secs_f64() * 1000.0)
}
