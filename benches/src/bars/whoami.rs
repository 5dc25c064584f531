//! B6: WhoAmI. With more tokens than the server remembers, each call checks a signature; with one, none does.

use std::rc::Rc;

use super::{documents::STATIC, protections};
use crate::{
    Lab, Outcome, load,
    raw::{self, Work},
    report::{Row, Series},
    server::Server,
};

/// The server remembers two generations of 1,024 verified tokens; asked in turn, none of these is ever found.
const TOKENS: usize = 4096;

pub(crate) async fn measure(lab: &Lab) -> Outcome<Vec<Row>> {
    let server = Server::start(lab, "whoami", false).await?;
    protections::off(&server).await?;
    let (organization, control) = (server.organization()?, server.control());
    let tokens = server.tokens(TOKENS).await?;
    let fresh: Rc<[Vec<u8>]> = tokens
        .iter()
        .map(|token| {
            organization.get(
                "/api/data/v9.2/WhoAmI",
                &format!("Authorization: Bearer {token}\r\n"),
            )
        })
        .collect();
    let repeated: Rc<[Vec<u8>]> = fresh.iter().take(1).cloned().collect();
    let page: Rc<[Vec<u8>]> = Rc::new([control.get(STATIC.0, "")]);
    let ask = async |requests: &Rc<[Vec<u8>]>| {
        load::run(
            &organization,
            lab.settings.connections,
            lab.round(),
            requests,
            "\"UserId\"",
        )
        .await
    };
    let (mut checked, mut known) = (Series::default(), Series::default());
    for _ in 0..lab.settings.rounds {
        let verifying = raw::rate(lab, Work::Verify).await?;
        checked.add("each token checked", ask(&fresh).await?, verifying);
        let base = load::run(&control, lab.settings.connections, lab.round(), &page, STATIC.1)
            .await?
            .rate();
        known.add("one token repeated", ask(&repeated).await?, base);
    }
    let none_refused = |mut row: Row, series: &Series| {
        row.met &= series.refused() == 0;
        row
    };
    Ok(vec![
        none_refused(
            Row::at_least(
                "B6",
                "WhoAmI, each token's signature checked / raw verification",
                checked.ratio(),
                0.45,
                &checked.detail(),
            ),
            &checked,
        ),
        none_refused(
            Row::at_least(
                "B6",
                "WhoAmI, one token repeated / static route",
                known.ratio(),
                0.5,
                &known.detail(),
            ),
            &known,
        ),
    ])
}
