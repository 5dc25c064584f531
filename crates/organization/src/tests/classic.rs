//! `sql` and `fetchXml`.

use serde_json::{Value as Json, json};

use super::world::{ANNA, CONNECTOR, World, user_id};

fn names(json: &Json) -> Vec<&str> {
    json["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["fullname"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn simple_sql_is_a_list() {
    let world = World::new().await;
    let ask = async |sql: &str| {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("sql", sql)
            .finish();
        world
            .get(&format!("systemusers?{query}"))
            .app(CONNECTOR)
            .go()
            .await
    };
    let seen = ask("SELECT TOP 2 fullname, domainname FROM systemuser ORDER BY fullname DESC")
        .await
        .ok();
    assert_eq!(names(&seen.json()), ["una Able", "ben Able"]);
    let count = async |condition: &str| {
        let seen = ask(&format!("SELECT fullname FROM systemuser WHERE {condition}"))
            .await
            .ok();
        seen.json()["value"].as_array().unwrap().len()
    };
    let anna = user_id(ANNA);
    for (condition, wanted) in [
        (format!("systemuserid = '{anna}'"), 1),
        ("isdisabled = 0 AND accessmode IN (4, 1)".into(), 2),
        ("fullname LIKE '%able' AND NOT domainname LIKE 'ben%'".into(), 3),
        (
            "createdon >= '2024-05-01' AND applicationid IS NOT NULL".into(),
            2,
        ),
    ] {
        assert_eq!(count(&condition).await, wanted, "{condition}");
    }
    ask("SELECT nosuch FROM systemuser").await.code(400, "0x80060888");
    ask("SELECT name FROM account").await.code(404, "0x80041102");
    ask("SELECT name FROM role").await.code(400, "0x80060888");
}

#[tokio::test]
async fn simple_fetch_xml_is_a_list_with_pages() {
    let world = World::new().await;
    let ask = async |xml: &str| {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("fetchXml", xml)
            .finish();
        let prefer = "odata.include-annotations=\"Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords\"";
        world
            .get(&format!("systemusers?{query}"))
            .app(CONNECTOR)
            .header("prefer", prefer)
            .go()
            .await
            .ok()
            .json()
    };
    let xml = |page: u32| {
        format!(
            "<fetch count=\"4\" page=\"{page}\"><entity name=\"systemuser\"><attribute name=\"fullname\"/><attribute name=\"businessunitid\"/><order attribute=\"fullname\"/><filter><condition attribute=\"isdisabled\" operator=\"eq\" value=\"0\"/></filter></entity></fetch>"
        )
    };
    let first = ask(&xml(1)).await;
    assert_eq!(
        names(&first),
        ["# Bare", "# Connector", "admin Able", "anna Able"]
    );
    assert_eq!(first["@Microsoft.Dynamics.CRM.morerecords"], json!(true));
    assert!(
        first["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]
            .as_str()
            .unwrap()
            .starts_with("<cookie pagenumber=\"2\"")
    );
    assert!(first["value"][0]["_businessunitid_value"].is_string() && first.get("@odata.nextLink").is_none());
    let second = ask(&xml(2)).await;
    assert_eq!(names(&second), ["ben Able", "una Able"]);
    assert_eq!(second["@Microsoft.Dynamics.CRM.morerecords"], json!(false));
}
