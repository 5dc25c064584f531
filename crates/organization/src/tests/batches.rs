use http::Method;
use serde_json::json;

use super::world::{ADMIN, ANNA, CONNECTOR, HOST, NOBODY, Seen, World, id, user_id};

const KIND: &str = "multipart/mixed; boundary=\"b\"";

fn get(target: &str) -> String {
    format!(
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET {target} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
    )
}

fn set(parts: &[(&str, &str, String)]) -> String {
    let mut out = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n".to_owned();
    for (i, (method, target, body)) in parts.iter().enumerate() {
        out.push_str(&format!("--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {}\r\n\r\n{method} {target} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{body}\r\n", i + 1));
    }
    out + "--c--\r\n"
}

async fn post(world: &World, who: u128, body: &str, prefer: &str) -> Seen {
    world
        .send(Method::POST, "$batch")
        .person(who)
        .header("content-type", KIND)
        .header("prefer", prefer)
        .body(format!("{body}--b--\r\n"))
        .go()
        .await
}

fn statuses(seen: &Seen) -> Vec<String> {
    let text = seen.text();
    text.lines()
        .filter_map(|line| line.strip_prefix("HTTP/1.1 "))
        .map(|line| line[..3].to_owned())
        .collect()
}

#[tokio::test]
async fn reads_in_order_with_the_names_clients_look_for() {
    let world = World::new().await;
    let body = get(&format!("https://{HOST}/api/data/v9.2/WhoAmI()"))
        + &get("systemusers?$select=fullname&$filter=fullname eq 'anna Able'")
        + &get("/api/data/v9.2/roles?$top=1");
    let seen = post(&world, ADMIN, &body, "").await;
    assert_eq!(seen.status(), 200);
    assert!(
        seen.header("content-type")
            .unwrap()
            .starts_with("multipart/mixed; boundary=batchresponse_")
    );
    assert!(seen.text().starts_with("--batchresponse_"));
    assert_eq!(statuses(&seen), ["200", "200", "200"]);
    assert!(seen.text().contains("anna Able"));
}

#[tokio::test]
async fn the_first_refusal_ends_it_unless_told_to_go_on() {
    let world = World::new().await;
    let body = get("nosuch") + &get("WhoAmI");
    let seen = post(&world, ADMIN, &body, "").await;
    assert_eq!((seen.status(), statuses(&seen)), (404, vec!["404".to_owned()]));
    assert_eq!(seen.decision.code.as_deref(), Some("0x8006088a"));
    let seen = post(&world, ADMIN, &body, "odata.continue-on-error").await;
    assert_eq!(
        (seen.status(), statuses(&seen)),
        (200, vec!["404".to_owned(), "200".to_owned()])
    );
}

#[tokio::test]
async fn a_change_set_happens_whole_with_references_or_not_at_all() {
    let world = World::new().await;
    let unit = world.get("businessunits").app(CONNECTOR).go().await.ok().json()["value"][0]["businessunitid"]
        .clone();
    let role = world.role("Basic User").await;
    let make = json!({"applicationid": id(NOBODY), "businessunitid@odata.bind": format!("/businessunits({})", unit.as_str().unwrap())});
    let link = json!({"@odata.id": format!("https://{HOST}/api/data/v9.2/roles({role})")});
    let broken = set(&[
        ("POST", "systemusers", make.to_string()),
        (
            "PATCH",
            &format!("systemusers({})", id(0xdead)),
            "{\"lastname\":\"x\"}".into(),
        ),
    ])
    .replace("\r\n\r\n{\"lastname", "\r\nIf-Match: *\r\n\r\n{\"lastname");
    let seen = post(&world, ADMIN, &broken, "").await;
    assert_eq!((seen.status(), statuses(&seen)), (404, vec!["404".to_owned()]));
    assert!(seen.text().contains("Content-ID: 2"), "{}", seen.text());
    world.get("WhoAmI").app(NOBODY).go().await.code(403, "0x80072560");

    let good = set(&[
        ("POST", "systemusers", make.to_string()),
        ("POST", "$1/systemuserroles_association/$ref", link.to_string()),
        ("PATCH", "$1", json!({"lastname": "Named"}).to_string()),
    ]) + &get("systemusers?$filter=lastname eq 'Named'&$select=fullname");
    let seen = post(&world, ADMIN, &good, "").await;
    assert_eq!(
        (seen.status(), statuses(&seen)),
        (
            200,
            vec!["204".to_owned(), "204".into(), "204".into(), "200".into()]
        ),
        "{}",
        seen.text()
    );
    assert!(seen.text().contains("--changesetresponse_") && seen.text().contains("# Named"));
    world.get("WhoAmI").app(NOBODY).go().await.ok();
}

#[tokio::test]
async fn what_does_not_belong_in_a_change_set() {
    let world = World::new().await;
    for (parts, says) in [
        (set(&[("GET", "WhoAmI", String::new())]), "invalid HTTP method"),
        (
            set(&[("PATCH", "$7", "{}".into())]),
            "Content-ID Reference: '$7' does not exist in the batch context.",
        ),
        (
            set(&[("PATCH", "x", "{}".into())]).replace("Content-ID: 1\r\n", ""),
            "Content-ID header not present",
        ),
    ] {
        let seen = post(&world, ADMIN, &parts, "").await;
        assert_eq!(seen.status(), 400);
        assert!(seen.text().contains(says), "{}", seen.text());
    }
    let seen = world
        .send(Method::POST, "$batch")
        .person(ADMIN)
        .header("content-type", "application/json")
        .body("{}")
        .go()
        .await;
    seen.code(400, "0x80060888");
    let seen = world
        .send(Method::POST, "$batch")
        .header("content-type", KIND)
        .body(get("WhoAmI"))
        .go()
        .await;
    assert_eq!(seen.status(), 401, "the batch itself needs a token");
}

#[tokio::test]
async fn a_batch_for_somebody_else() {
    let world = World::new().await;
    let seen = world
        .send(Method::POST, "$batch")
        .app(CONNECTOR)
        .header("MSCRMCallerID", &user_id(ANNA).to_string())
        .header("content-type", KIND)
        .body(get("WhoAmI") + "--b--")
        .go()
        .await
        .ok();
    assert!(seen.text().contains(&user_id(ANNA).to_string()));
}
