//! B5: the public documents against the plainest route there is, the control API's health.

use std::rc::Rc;

use super::protections;
use crate::{
    Lab, Outcome, load,
    report::{Row, Series},
    server::Server,
};

/// The static route: a few bytes that are the same each time.
pub(crate) const STATIC: (&str, &str) = ("/_keyway/v1/health", "{");

pub(crate) async fn measure(lab: &Lab) -> Outcome<Vec<Row>> {
    let server = Server::start(lab, "documents", false).await?;
    protections::tell(&server).await?;
    let login = server.login();
    let tenant = server.env("AZURE_TENANT_ID")?;
    let ask = async |target: &load::Target, path: &str, expected: &'static str| {
        let requests: Rc<[Vec<u8>]> = Rc::new([target.get(path, "")]);
        load::run(target, lab.settings.connections, lab.round(), &requests, expected).await
    };
    let control = server.control();
    let (discovery, keys) = (
        format!("/{tenant}/v2.0/.well-known/openid-configuration"),
        format!("/{tenant}/discovery/v2.0/keys"),
    );
    let (mut documents, mut key_sets) = (Series::default(), Series::default());
    for _ in 0..lab.settings.rounds {
        let base = ask(&control, STATIC.0, STATIC.1).await?.rate();
        documents.add("discovery", ask(login, &discovery, "\"issuer\"").await?, base);
        let base = ask(&control, STATIC.0, STATIC.1).await?.rate();
        key_sets.add("keys", ask(login, &keys, "\"keys\"").await?, base);
    }
    Ok(vec![
        Row::at_least(
            "B5",
            "discovery / static route",
            documents.ratio(),
            0.7,
            &documents.detail(),
        ),
        Row::at_least(
            "B5",
            "keys / static route",
            key_sets.ratio(),
            0.7,
            &key_sets.detail(),
        ),
    ])
}
