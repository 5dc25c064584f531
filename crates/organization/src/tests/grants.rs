//! What security roles allow: found, given, replaced and taken away through the Web API, with all copies of a role.

use http::Method;
use serde_json::{Value, json};

use super::world::{ADMIN, ANNA, BEN, Seen, World, user_id};

const BELOW: &str = "Microsoft.Dynamics.CRM";

impl World {
    async fn privilege(&self, name: &str) -> String {
        let found = self
            .get(&format!(
                "privileges?$select=privilegeid&$filter=name eq '{name}'"
            ))
            .person(ADMIN)
            .go()
            .await
            .ok();
        found.json()["value"][0]["privilegeid"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn act(&self, role: &str, action: &str, body: &Value) -> Seen {
        self.send(Method::POST, &format!("roles({role})/{BELOW}.{action}"))
            .person(ADMIN)
            .json(body)
            .go()
            .await
    }

    /// Name and depth of all that a role gives.
    async fn given(&self, role: &str) -> Vec<(String, String)> {
        let seen = self
            .get(&format!("RetrieveRolePrivilegesRole(RoleId={role})"))
            .person(ADMIN)
            .go()
            .await
            .ok();
        let rows = seen.json()["RolePrivileges"].as_array().unwrap().clone();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        rows.iter()
            .map(|row| (text(row, "PrivilegeName"), text(row, "Depth")))
            .collect()
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, depth)| ((*name).to_owned(), (*depth).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_role_made_by_a_program_is_given_what_it_needs_and_so_are_its_copies() {
    let world = World::new().await;
    let made = world
        .send(Method::POST, "roles")
        .header("prefer", "return=representation")
        .person(ADMIN)
        .json(&json!({ "name": "Reader" }))
        .go()
        .await
        .ok();
    let role = made.json()["roleid"].as_str().unwrap().to_owned();
    world
        .edit(|editor| {
            let root = editor.org().root_unit().unwrap().id;
            editor
                .add_unit(Some(root), "North".into(), world.chance())
                .unwrap();
        })
        .await;
    let link = format!("systemusers({})/systemuserroles_association/$ref", user_id(BEN));
    let reference = json!({ "@odata.id": format!("roles({role})") });
    world
        .send(Method::POST, &link)
        .person(ADMIN)
        .json(&reference)
        .go()
        .await
        .ok();
    let refused = world.get("roles").person(BEN).go().await;
    assert!(refused.code(403, "0x80040220").contains("prvReadRole"));
    let (user, read) = (
        world.privilege("prvReadUser").await,
        world.privilege("prvReadRole").await,
    );
    // The depth by name or by number, as clients write it.
    let list = json!({ "Privileges": [
        { "PrivilegeId": user, "Depth": "Basic", "PrivilegeName": "prvReadUser", "BusinessUnitId": read },
        { "PrivilegeId": read, "Depth": "3" },
    ] });
    let added = world.act(&role, "AddPrivilegesRole", &list).await;
    assert_eq!(added.status(), 204, "{added:?}");
    assert_eq!(
        world.given(&role).await,
        pairs(&[("prvReadUser", "Basic"), ("prvReadRole", "Global")])
    );
    let roles = world
        .get("roles?$filter=name eq 'Reader'&$expand=roleprivileges_association($select=name)")
        .person(BEN)
        .go()
        .await
        .ok();
    let copies = roles.json()["value"].as_array().unwrap().clone();
    assert_eq!(copies.len(), 2);
    for copy in &copies {
        assert_eq!(copy["roleprivileges_association"].as_array().unwrap().len(), 2);
    }
    let copy = copies
        .iter()
        .find(|copy| copy["roleid"] != role.as_str())
        .unwrap();
    let inherited = world
        .act(copy["roleid"].as_str().unwrap(), "AddPrivilegesRole", &list)
        .await;
    assert!(inherited.code(400, "0x80040203").contains(&role));
    let wider = json!({ "Privileges": [{ "PrivilegeId": user, "Depth": "Deep" }] });
    world.act(&role, "AddPrivilegesRole", &wider).await.ok();
    assert_eq!(
        world.given(&role).await,
        pairs(&[("prvReadUser", "Deep"), ("prvReadRole", "Global")])
    );
    let taken =
        json!({ "Privilege": { "@odata.type": "Microsoft.Dynamics.CRM.privilege", "privilegeid": read } });
    world.act(&role, "RemovePrivilegeRole", &taken).await.ok();
    assert_eq!(world.given(&role).await, pairs(&[("prvReadUser", "Deep")]));
    world.get("roles").person(BEN).go().await.code(403, "0x80040220");
    let all = json!({ "Privileges": [{ "PrivilegeId": read, "Depth": "Local" }] });
    world.act(&role, "ReplacePrivilegesRole", &all).await.ok();
    assert_eq!(world.given(&role).await, pairs(&[("prvReadRole", "Local")]));
    let below = format!("roles({role})/roleprivileges_association/$count");
    assert_eq!(world.get(&below).person(ADMIN).go().await.ok().text(), "1");
    let holders = format!("privileges({read})/roleprivileges_association?$filter=name eq 'Reader'");
    let holders = world.get(&holders).person(ADMIN).go().await.ok();
    assert_eq!(holders.json()["value"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_changes_nothing() {
    let world = World::new().await;
    let basic = world.role("Basic User").await.to_string();
    let before = world.given(&basic).await;
    let read = world.privilege("prvReadRole").await;
    let payload = "0x80048d19";
    for (action, body, status, code, named) in [
        ("AddPrivilegesRole", json!({}), 400, payload, "'Privileges'"),
        ("AddPrivilegesRole", json!([]), 400, payload, "not a JSON object"),
        (
            "AddPrivilegesRole",
            json!({ "Privileges": {} }),
            400,
            payload,
            "not a list",
        ),
        (
            "AddPrivilegesRole",
            json!({ "Privileges": [1] }),
            400,
            payload,
            "RolePrivilege",
        ),
        (
            "AddPrivilegesRole",
            json!({ "Privileges": [{ "PrivilegeId": read, "Depth": "Wide" }] }),
            400,
            payload,
            "'Wide'",
        ),
        (
            "AddPrivilegesRole",
            json!({ "Privileges": [{ "PrivilegeId": "prvReadRole", "Depth": "Basic" }] }),
            400,
            payload,
            "'prvReadRole'",
        ),
        (
            "ReplacePrivilegesRole",
            json!({ "Privileges": [{ "PrivilegeId": read, "Depth": "Basic", "Reach": 1 }] }),
            400,
            payload,
            "'Reach'",
        ),
        (
            "ReplacePrivilegesRole",
            json!({ "Privileges": [{ "PrivilegeId": basic, "Depth": "Basic" }] }),
            404,
            "0x80040217",
            "Privilege",
        ),
        (
            "RemovePrivilegeRole",
            json!({ "PrivilegeId": read }),
            400,
            payload,
            "'PrivilegeId'",
        ),
        (
            "RemovePrivilegeRole",
            json!({ "Privilege": {} }),
            400,
            payload,
            "privilegeid",
        ),
    ] {
        let refused = world.act(&basic, action, &body).await;
        let said = refused.code(status, code);
        assert!(said.contains(named), "{said}");
    }
    assert_eq!(world.given(&basic).await, before);
    let list = json!({ "Privileges": [{ "PrivilegeId": read, "Depth": "Basic" }] });
    let fixed = world.role("System Administrator").await.to_string();
    let refused = world.act(&fixed, "ReplacePrivilegesRole", &list).await;
    assert!(refused.code(400, "0x80040203").contains("cannot be changed"));
    let unknown = world.act(&read, "AddPrivilegesRole", &list).await;
    unknown.code(404, "0x80040217");
    let target = format!("roles({basic})/{BELOW}.AddPrivilegesRole");
    let may_not = world
        .send(Method::POST, &target)
        .person(ANNA)
        .json(&list)
        .go()
        .await;
    assert!(may_not.code(403, "0x80040220").contains("prvWriteRole"));
    let link = format!("roles({basic})/roleprivileges_association/$ref");
    let linked = world
        .send(Method::POST, &link)
        .person(ADMIN)
        .json(&json!({ "@odata.id": format!("privileges({read})") }))
        .go()
        .await;
    assert_eq!(linked.status(), 501);
    for missing in [
        "RetrieveRolePrivilegesRole()",
        "RetrieveRolePrivilegesRole(RoleId='x')",
    ] {
        let refused = world.get(missing).person(ADMIN).go().await;
        assert!(refused.code(400, "0x80060888").contains("'RoleId'"));
    }
    let alias = format!("RetrieveRolePrivilegesRole(RoleId=@r)?@r={basic}");
    let seen = world.get(&alias).person(ADMIN).go().await.ok();
    assert_eq!(
        seen.json()["RolePrivileges"].as_array().unwrap().len(),
        before.len()
    );
}
