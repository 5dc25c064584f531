use http::Method;
use serde_json::{Value as Json, json};
use types::{BusinessUnitId, Form, SystemUserId};

use super::world::{ADMIN, ANNA, BEN, CONNECTOR, HOST, ORG, TENANT, World, id, user_id};
use crate::{Depth, Organizations, SecurityRole};

fn names(json: &Json) -> Vec<&str> {
    json["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["fullname"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_python_and_the_npm_list() {
    let world = World::new().await;
    for target in [
        "systemusers?%24select=fullname%2Cdomainname&%24top=3&%24orderby=fullname",
        "systemusers?$select=fullname,domainname&$top=3&$orderby=fullname",
    ] {
        let seen = world.get(target).app(CONNECTOR).go().await.ok();
        let json = seen.json();
        assert_eq!(names(&json), ["# Bare", "# Connector", "admin Able"]);
        assert_eq!(
            json["@odata.context"],
            json!(format!(
                "https://{HOST}/api/data/v9.2/$metadata#systemusers(fullname,domainname)"
            ))
        );
        let row = json["value"][0].as_object().unwrap();
        let keys: Vec<_> = row.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            ["@odata.etag", "domainname", "fullname", "systemuserid"],
            "the key is always there"
        );
        assert!(json.get("@odata.nextLink").is_none());
    }
}

#[tokio::test]
async fn filters_in_every_dress() {
    let world = World::new().await;
    let count = async |filter: &str| {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("$filter", filter)
            .finish();
        let seen = world
            .get(&format!("systemusers?{query}"))
            .app(CONNECTOR)
            .go()
            .await;
        (seen.status(), seen.json()["value"].as_array().map(Vec::len))
    };
    let anna = user_id(ANNA);
    for (filter, wanted) in [
        ("domainname eq 'ANNA@contoso.com'".to_owned(), 1),
        (format!("systemuserid eq {anna}"), 1),
        ("isdisabled eq false and accessmode eq 4".to_owned(), 2),
        ("applicationid ne null".to_owned(), 2),
        (
            "applicationid eq null and not contains(domainname,'ben')".to_owned(),
            3,
        ),
        ("businessunitid/name eq 'contoso'".to_owned(), 6),
        ("_businessunitid_value eq null".to_owned(), 0),
        (
            "systemuserroles_association/any(r:r/name eq 'System Administrator')".to_owned(),
            2,
        ),
        ("createdon ge 2024-05-01T00:00:00Z".to_owned(), 6),
    ] {
        assert_eq!(count(&filter).await, (200, Some(wanted)), "{filter}");
    }
    for (filter, status) in [
        ("nosuch eq 1", 400),
        ("domainname eq 4", 400),
        ("domainname eq", 400),
        ("tolower(domainname) eq 'x'", 501),
        ("businessunitid eq null", 400),
    ] {
        assert_eq!(count(filter).await.0, status, "{filter}");
    }
}

#[tokio::test]
async fn what_is_not_understood_is_501_and_in_the_journal() {
    let world = World::new().await;
    for target in [
        "systemusers?$apply=aggregate($count as c)",
        "systemusers?foo=bar",
        "systemusers?sql=SELECT%20*%20FROM%20systemuser",
        "systemusers?fetchXml=%3Cfetch%20aggregate='true'%3E%3Centity%20name='systemuser'/%3E%3C/fetch%3E",
        "systemusers/$count?sql=SELECT%20fullname%20FROM%20systemuser",
        "systemusers?$select=businessunitid",
        "systemusers?$orderby=businessunitid/name",
        "GlobalOptionSetDefinitions",
        "systemusers/Microsoft.Dynamics.CRM.Nosuch()",
        "systemusers(domainname='x')",
    ] {
        let seen = world.get(target).app(CONNECTOR).go().await;
        assert!([501, 400].contains(&seen.status()), "{target} {seen:?}");
        if seen.status() == 501 {
            assert!(
                seen.json()["error"]["message"]
                    .as_str()
                    .unwrap()
                    .contains("stand-in")
            );
            assert!(seen.decision.why.contains("does not understand"), "{target}");
        }
    }
    let seen = world
        .get("systemusers")
        .app(CONNECTOR)
        .header("Prefer", "odata.track-changes")
        .go()
        .await;
    assert_eq!(seen.status(), 501);
    let seen = world.get("systemusers?$skip=1").app(CONNECTOR).go().await;
    assert_eq!(
        seen.code(400, "0x80060888"),
        "Skip Clause is not supported in CRM"
    );
    assert_eq!(
        world
            .get("nosuch")
            .app(CONNECTOR)
            .go()
            .await
            .code(404, "0x8006088a"),
        "Resource not found for the segment 'nosuch'."
    );
}

#[tokio::test]
async fn one_by_key_with_expansions_and_annotations() {
    let world = World::new().await;
    let target = format!(
        "systemusers({})?$select=fullname,accessmode,isdisabled,_businessunitid_value,createdon&$expand=businessunitid($select=name),systemuserroles_association($select=name,roleid;$orderby=name)",
        user_id(ANNA)
    );
    let seen = world
        .get(&target)
        .app(CONNECTOR)
        .header("Prefer", "odata.include-annotations=\"*\"")
        .go()
        .await
        .ok();
    assert_eq!(
        seen.header("preference-applied"),
        Some("odata.include-annotations=\"*\"")
    );
    let json = seen.json();
    assert_eq!(
        json["@odata.context"],
        json!(format!(
            "https://{HOST}/api/data/v9.2/$metadata#systemusers(fullname,accessmode,isdisabled,_businessunitid_value,createdon)/$entity"
        ))
    );
    assert_eq!(json["@odata.etag"], json!("W/\"1\""));
    assert_eq!(seen.header("etag"), Some("W/\"1\""));
    for (name, value) in [
        (
            "accessmode@OData.Community.Display.V1.FormattedValue",
            "Read-Write",
        ),
        ("isdisabled@OData.Community.Display.V1.FormattedValue", "Enabled"),
        (
            "_businessunitid_value@OData.Community.Display.V1.FormattedValue",
            "Contoso",
        ),
        (
            "_businessunitid_value@Microsoft.Dynamics.CRM.lookuplogicalname",
            "businessunit",
        ),
        (
            "_businessunitid_value@Microsoft.Dynamics.CRM.associatednavigationproperty",
            "businessunitid",
        ),
        (
            "createdon@OData.Community.Display.V1.FormattedValue",
            "5/1/2024 10:20 AM",
        ),
    ] {
        assert_eq!(json[name], json!(value), "{name}");
    }
    assert_eq!(json["businessunitid"]["name"], json!("Contoso"));
    assert_eq!(
        json["systemuserroles_association"][0]["name"],
        json!("Basic User")
    );

    let plain = world.get(&target).app(CONNECTOR).go().await.ok();
    assert!(!plain.text().contains("FormattedValue"));
    let same = world
        .get(&target)
        .app(CONNECTOR)
        .header("if-none-match", "W/\"1\"")
        .go()
        .await;
    assert_eq!((same.status(), same.text().as_str()), (304, ""));

    let missing = id(0xdead);
    let text = world
        .get(&format!("systemusers({missing})"))
        .app(CONNECTOR)
        .go()
        .await
        .code(404, "0x80040217");
    assert_eq!(text, format!("SystemUser With Id = {missing} Does Not Exist"));
    let seen = world
        .get(&format!("systemusers(azureactivedirectoryobjectid={})", id(ANNA)))
        .app(CONNECTOR)
        .go()
        .await
        .ok();
    assert_eq!(seen.json()["systemuserid"], json!(user_id(ANNA)));
    let text = world
        .get(&format!("systemusers({})?$select=nosuch", user_id(ANNA)))
        .app(CONNECTOR)
        .go()
        .await
        .code(400, "0x80060888");
    assert_eq!(
        text,
        "Could not find a property named 'nosuch' on type 'Microsoft.Dynamics.CRM.systemuser'."
    );
}

#[tokio::test]
async fn errors_carry_annotations_when_asked() {
    let world = World::new().await;
    let seen = world
        .get("nosuch")
        .app(CONNECTOR)
        .header("prefer", "odata.include-annotations=\"*\"")
        .go()
        .await;
    let json = seen.json();
    assert_eq!(
        json["error"]["@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus"],
        json!("0")
    );
    assert!(
        json["error"]["@Microsoft.PowerApps.CDS.HelpLink"]
            .as_str()
            .unwrap()
            .contains("8006088a")
    );
}

#[tokio::test]
async fn pages_follow_their_links_to_the_end() {
    let world = World::new().await;
    let mut target = "systemusers?$select=fullname&$orderby=fullname desc&$count=true".to_owned();
    let mut found = Vec::new();
    let mut pages = 0;
    loop {
        let seen = world
            .get(&target)
            .app(CONNECTOR)
            .header("prefer", "odata.maxpagesize=4")
            .go()
            .await
            .ok();
        let json = seen.json();
        assert_eq!(json["@odata.count"], json!(6));
        assert_eq!(seen.header("preference-applied"), Some("odata.maxpagesize=4"));
        found.extend(names(&json).into_iter().map(str::to_owned));
        pages += 1;
        match json["@odata.nextLink"].as_str() {
            None => break,
            Some(next) => target = next.split("/api/data/v9.2/").nth(1).unwrap().to_owned(),
        }
    }
    assert_eq!((pages, found.len()), (2, 6));
    assert!(
        found
            .windows(2)
            .all(|pair| pair[0].to_lowercase() >= pair[1].to_lowercase()),
        "{found:?}"
    );
    let seen = world
        .get("systemusers?$select=fullname")
        .form(Form::Localhost { port: 8443 })
        .app(CONNECTOR)
        .header("prefer", "odata.maxpagesize=1")
        .go()
        .await
        .ok();
    let next = seen.json()["@odata.nextLink"].as_str().unwrap().to_owned();
    assert!(
        next.starts_with("https://contoso.crm4.dynamics.com.localhost:8443/api/data/v9.2/systemusers?"),
        "{next}"
    );
}

#[tokio::test]
async fn counts_links_properties_and_navigation() {
    let world = World::new().await;
    let anna = user_id(ANNA);
    let text = async |target: String| world.get(&target).app(CONNECTOR).go().await.ok().text();
    assert_eq!(text("systemusers/$count".into()).await, "6");
    assert_eq!(
        text(format!("systemusers({anna})/systemuserroles_association/$count")).await,
        "1"
    );
    assert_eq!(
        text(format!("systemusers({anna})/domainname/$value")).await,
        "anna@contoso.com"
    );
    assert!(
        text(format!("systemusers({anna})/accessmode"))
            .await
            .ends_with("\"value\":0}")
    );
    let role = world.role("Basic User").await;
    let links = text(format!("systemusers({anna})/systemuserroles_association/$ref")).await;
    assert!(
        links.contains(&format!(
            "\"@odata.id\":\"https://{HOST}/api/data/v9.2/roles({role})\""
        )),
        "{links}"
    );
    assert!(
        text(format!("systemusers({anna})/businessunitid?$select=name"))
            .await
            .contains("\"name\":\"Contoso\"")
    );
    assert!(
        text(format!(
            "roles({role})/systemuserroles_association?$select=fullname"
        ))
        .await
        .contains("anna Able")
    );
    let seen = world
        .get(&format!("systemusers({anna})/applicationid"))
        .app(CONNECTOR)
        .go()
        .await;
    assert_eq!(seen.status(), 204);
    for (target, names) in [
        ("roles?$select=name,roleid", "System Customizer"),
        ("organizations?$select=name,organizationid", "unq111"),
        ("businessunits?$select=name", "Contoso"),
    ] {
        assert!(text(target.into()).await.contains(names), "{target}");
    }
    assert_eq!(
        world
            .get(&format!("systemusers({anna})/nosuch"))
            .app(CONNECTOR)
            .go()
            .await
            .status(),
        400
    );
}

#[tokio::test]
async fn the_organization_in_three_spellings() {
    let world = World::new().await;
    for parameter in [
        "(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')",
        "(AccessType='Default')",
        "(AccessType=@p1)?@p1='Default'",
        "(AccessType=@p1)?@p1=Microsoft.Dynamics.CRM.EndpointAccessType'Default'",
    ] {
        let seen = world
            .get(&format!("RetrieveCurrentOrganization{parameter}"))
            .person(ANNA)
            .go()
            .await
            .ok();
        let detail = &seen.json()["Detail"];
        assert_eq!(
            (&detail["OrganizationId"], &detail["TenantId"]),
            (&json!(ORG), &json!(TENANT))
        );
        assert_eq!(
            (&detail["UrlName"], &detail["State"], &detail["Geo"]),
            (&json!("contoso"), &json!("Enabled"), &json!("EMEA"))
        );
        let endpoints = &detail["Endpoints"];
        assert_eq!(
            endpoints["Keys"].as_array().unwrap().len(),
            endpoints["Values"].as_array().unwrap().len()
        );
        assert_eq!(
            endpoints["Values"][0],
            json!("https://contoso.crm4.dynamics.com/")
        );
    }
    for bad in [
        "",
        "()",
        "(AccessType='Nosuch')",
        "(AccessType=@p1)",
        "(Other='Default')",
    ] {
        world
            .get(&format!("RetrieveCurrentOrganization{bad}"))
            .person(ANNA)
            .go()
            .await
            .code(400, "0x80060888");
    }
    let seen = world.get("RetrieveVersion()").person(ANNA).go().await.ok();
    assert_eq!(seen.json()["Version"], json!("9.2.24094.196"));
}

#[tokio::test]
async fn the_privileges_of_a_user() {
    let world = World::new().await;
    let target = format!(
        "systemusers({})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()",
        user_id(ANNA)
    );
    let seen = world.get(&target).app(CONNECTOR).go().await.ok();
    let rows = seen.json()["RolePrivileges"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 14);
    assert!(
        rows.iter()
            .any(|row| row["PrivilegeName"] == "prvReadUser" && row["Depth"] == "Global")
    );
    let mailbox = rows
        .iter()
        .find(|row| row["PrivilegeName"] == "prvReadMailbox")
        .unwrap();
    assert_eq!(
        mailbox["PrivilegeId"],
        json!("8e17de3a-5a69-479c-9535-1f7be75b2987")
    );
}

#[tokio::test]
async fn a_privilege_reaches_as_far_as_its_depth() {
    let world = World::new().await;
    let all = world.store.view::<Organizations>(TENANT).await.unwrap();
    let basic = all
        .get(ORG)
        .unwrap()
        .role_named("Basic User", None)
        .unwrap()
        .clone();
    let with = |depth: Depth| {
        let mut role: SecurityRole = basic.clone();
        role.privileges.insert("prvReadUser".into(), depth);
        role
    };
    let unit = std::sync::Mutex::new(BusinessUnitId::new(id(0)));
    world
        .edit(|editor| {
            let root = editor.org().root_unit().unwrap().id;
            let new = editor
                .add_unit(Some(root), "North".into(), world.chance())
                .unwrap();
            *unit.lock().unwrap() = new;
            editor
                .change_user(SystemUserId::new(user_id(BEN)), |ben| ben.unit = Some(new))
                .unwrap();
        })
        .await;
    for (depth, wanted) in [
        (Depth::Basic, 1),
        (Depth::Local, 5),
        (Depth::Deep, 6),
        (Depth::Global, 6),
    ] {
        world.edit(|editor| editor.put_role(with(depth))).await;
        let seen = world.get("systemusers").person(ANNA).go().await.ok();
        assert_eq!(
            seen.json()["value"].as_array().unwrap().len(),
            wanted,
            "{depth:?}"
        );
    }
    world.edit(|editor| editor.put_role(with(Depth::Basic))).await;
    let seen = world
        .get(&format!("systemusers({})", user_id(BEN)))
        .person(ANNA)
        .go()
        .await;
    assert_eq!(seen.status(), 404, "out of reach is not there");
}

#[tokio::test]
async fn verbs_that_do_not_fit() {
    let world = World::new().await;
    for (method, target) in [
        (Method::POST, "WhoAmI"),
        (Method::GET, "$batch"),
        (Method::PUT, "systemusers"),
    ] {
        let seen = world.send(method, target).person(ADMIN).go().await;
        assert_eq!(seen.status(), 405, "{target}");
    }
}
