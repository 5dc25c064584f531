//! B1–B4: the token endpoint by client credentials, each token with a signature of its own and a journal line.
//!
//! Durable means that the journal line of each token is on the disk before its answer leaves.

use std::rc::Rc;

use super::protections;
use crate::{
    Lab, Outcome, load,
    peer::Peer,
    raw::{self, Work},
    report::{Row, Series, median},
    server::Server,
};

const EXPECTED: &str = "\"access_token\":\"ey";

pub(crate) async fn measure(lab: &Lab) -> Outcome<Vec<Row>> {
    let durable = Server::start(lab, "token-durable", true).await?;
    let memory = Server::start(lab, "token-memory", false).await?;
    protections::tell(&durable).await?;
    let peer = if lab.settings.without_peer {
        None
    } else {
        Some(Peer::start(lab).await?)
    };
    let on = async |server: &Server| {
        let requests: Rc<[Vec<u8>]> = Rc::new([server.token_request()?]);
        load::run(
            server.login(),
            lab.settings.connections,
            lab.round(),
            &requests,
            EXPECTED,
        )
        .await
    };
    let (mut kept, mut unkept, mut theirs) = (Series::default(), Series::default(), Series::default());
    let mut ahead = Vec::new();
    for _ in 0..lab.settings.rounds {
        let signing = raw::rate(lab, Work::Sign).await?;
        let round = on(&durable).await?;
        let rate = round.rate();
        kept.add("durable", round, signing);
        // Each is compared with what came just before it: a virtual machine's speed drifts within seconds.
        let signing = raw::rate(lab, Work::Sign).await?;
        unkept.add("in memory", on(&memory).await?, signing);
        if let Some(peer) = &peer {
            let requests: Rc<[Vec<u8>]> = Rc::new([peer.token_request()]);
            let round = load::run(
                peer.target(),
                lab.settings.connections,
                lab.round(),
                &requests,
                EXPECTED,
            )
            .await?;
            ahead.push(rate.wall / round.rate().wall);
            theirs.add("oidc-provider", round, signing);
        }
    }
    let at = format!("at {} connections", lab.settings.connections);
    let mut rows = vec![
        Row::at_least(
            "B1",
            format!("durable tokens {at} / raw signing"),
            kept.ratio(),
            0.80,
            &kept.detail(),
        ),
        Row::at_least(
            "B2",
            format!("tokens in memory {at} / raw signing"),
            unkept.ratio(),
            0.92,
            &unkept.detail(),
        ),
    ];
    if peer.is_some() {
        let detail = format!("({:.0}/s against {:.0}/s)", kept.rate(), theirs.rate());
        rows.push(Row::at_least(
            "B3",
            format!("durable tokens {at} / oidc-provider"),
            median(&ahead),
            1.3,
            &detail,
        ));
    }
    for (name, series) in [("durable", &kept), ("in memory", &unkept)] {
        let detail = format!(
            "(p50 {:.2} ms, p99 {:.2} ms, {} not 200)",
            series.percentile(0.50),
            series.percentile(0.99),
            series.refused()
        );
        let mut row = Row::at_most(
            "B4",
            format!("tokens {name}: p99 / p50, none refused"),
            series.tail(),
            2.5,
            "",
            &detail,
        );
        row.met &= series.refused() == 0;
        rows.push(row);
    }
    Ok(rows)
}
