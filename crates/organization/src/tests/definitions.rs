use serde_json::{Value as Json, json};

use super::world::{ANNA, CONNECTOR, NOBODY, World};
use crate::schema;

async fn get(world: &World, target: &str) -> Json {
    world.get(target).app(CONNECTOR).go().await.ok().json()
}

#[tokio::test]
async fn what_the_python_client_asks_first() {
    let world = World::new().await;
    let json = get(&world, "EntityDefinitions?%24select=LogicalName%2CEntitySetName%2CPrimaryIdAttribute&%24filter=LogicalName+eq+%27systemuser%27").await;
    let row = &json["value"][0];
    assert_eq!(
        (&row["EntitySetName"], &row["PrimaryIdAttribute"]),
        (&json!("systemusers"), &json!("systemuserid"))
    );
    assert_eq!(json["value"].as_array().unwrap().len(), 1);
    assert_eq!(row.as_object().unwrap().len(), 4, "{row}");

    let json = get(&world, "EntityDefinitions?$select=MetadataId,LogicalName,SchemaName,EntitySetName,PrimaryNameAttribute,PrimaryIdAttribute&$filter=LogicalName eq 'role'").await;
    assert_eq!(
        (
            &json["value"][0]["SchemaName"],
            &json["value"][0]["PrimaryNameAttribute"]
        ),
        (&json!("Role"), &json!("name"))
    );
    assert_eq!(
        get(&world, "EntityDefinitions?$filter=LogicalName eq 'account'").await["value"],
        json!([])
    );
    let json = get(&world, "EntityDefinitions?$filter=IsPrivate%20eq%20false").await;
    assert_eq!(json["value"].as_array().unwrap().len(), schema::TABLES.len());
    let json = get(
        &world,
        "EntityDefinitions?$filter=IsPrivate eq false and (SchemaName eq 'Role')",
    )
    .await;
    assert_eq!(json["value"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_the_npm_client_asks_first() {
    let world = World::new().await;
    let json = get(&world, "EntityDefinitions?$select=EntitySetName,LogicalName").await;
    let sets: Vec<_> = json["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["EntitySetName"].as_str().unwrap())
        .collect();
    assert_eq!(
        sets,
        [
            "systemusers",
            "roles",
            "businessunits",
            "organizations",
            "privileges"
        ]
    );
}

#[tokio::test]
async fn picklists_with_their_choices() {
    let world = World::new().await;
    let json = get(&world, "EntityDefinitions(LogicalName='systemuser')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)").await;
    let rows = json["value"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    let options = rows[0]["OptionSet"]["Options"].as_array().unwrap();
    assert_eq!(options.len(), 6);
    assert_eq!(options[4]["Value"], json!(4));
    assert_eq!(
        options[4]["Label"]["LocalizedLabels"][0]["Label"],
        json!("Non-interactive")
    );
}

#[tokio::test]
async fn columns_by_name_id_type_and_filter() {
    let world = World::new().await;
    let one = get(&world, "EntityDefinitions(LogicalName='systemuser')").await;
    let id = one["MetadataId"].as_str().unwrap().to_owned();
    assert_eq!(
        get(&world, &format!("EntityDefinitions({id})?$select=LogicalName")).await["LogicalName"],
        json!("systemuser")
    );
    let all = get(&world, &format!("EntityDefinitions({id})/Attributes")).await;
    let columns = all["value"].as_array().unwrap().clone();
    assert_eq!(columns.len(), schema::table("systemuser").unwrap().columns.len());
    let lookup = columns
        .iter()
        .find(|column| column["LogicalName"] == "businessunitid")
        .unwrap();
    assert_eq!(
        (&lookup["@odata.type"], &lookup["Targets"]),
        (
            &json!("#Microsoft.Dynamics.CRM.LookupAttributeMetadata"),
            &json!(["businessunit"])
        )
    );
    let column = get(
        &world,
        &format!(
            "EntityDefinitions({id})/Attributes(LogicalName='accessmode')?$select=MetadataId,SchemaName"
        ),
    )
    .await;
    assert_eq!(
        (&column["SchemaName"], &column["@odata.type"]),
        (
            &json!("AccessMode"),
            &json!("#Microsoft.Dynamics.CRM.PicklistAttributeMetadata")
        )
    );
    let full = get(&world, &format!("EntityDefinitions({id})/Attributes(LogicalName='domainname')/Microsoft.Dynamics.CRM.StringAttributeMetadata")).await;
    assert_eq!(full["MaxLength"], json!(1024));
    let texts = get(
        &world,
        &format!("EntityDefinitions({id})/Attributes?$filter=AttributeType eq 'String'&$select=LogicalName"),
    )
    .await;
    assert!(texts["value"].as_array().unwrap().len() > 3);
    let same = get(&world, &format!("EntityDefinitions({id})/Attributes?$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'String'&$select=LogicalName")).await;
    assert_eq!(texts["value"], same["value"]);
    let seen = world
        .get(&format!(
            "EntityDefinitions({id})/Attributes(LogicalName='nosuch')"
        ))
        .app(CONNECTOR)
        .go()
        .await;
    seen.code(404, "0x80041103");
    let text = world
        .get("EntityDefinitions(LogicalName='account')")
        .app(CONNECTOR)
        .go()
        .await
        .code(404, "0x80041102");
    assert_eq!(
        text,
        "The entity with a name = 'account' with namemapping = 'Logical' was not found in the MetadataCache."
    );
    assert_eq!(
        get(&world, "EntityDefinitions(LogicalName='role')/Keys").await["value"],
        json!([])
    );
}

#[tokio::test]
async fn relationships_of_a_table_and_all_together() {
    let world = World::new().await;
    let many = get(
        &world,
        "EntityDefinitions(LogicalName='systemuser')/ManyToManyRelationships",
    )
    .await;
    assert_eq!(
        many["value"][0]["SchemaName"],
        json!("systemuserroles_association")
    );
    assert_eq!(many["value"][0]["IntersectEntityName"], json!("systemuserroles"));
    let one = get(&world, "EntityDefinitions(LogicalName='businessunit')/OneToManyRelationships?$select=SchemaName,ReferencedEntity").await;
    assert_eq!(one["value"].as_array().unwrap().len(), 3);
    let up = get(
        &world,
        "EntityDefinitions(LogicalName='role')/ManyToOneRelationships",
    )
    .await;
    assert_eq!(up["value"][0]["ReferencingAttribute"], json!("businessunitid"));
    let named = get(
        &world,
        "RelationshipDefinitions?$filter=SchemaName eq 'systemuserroles_association'",
    )
    .await;
    assert_eq!(
        named["value"][0]["@odata.type"],
        json!("#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata")
    );
    let typed = get(&world, "RelationshipDefinitions?$filter=RelationshipType eq Microsoft.Dynamics.CRM.RelationshipType'OneToManyRelationship'").await;
    assert_eq!(
        typed["value"].as_array().unwrap().len(),
        schema::RELATIONSHIPS.len() - 2
    );
    let by_key = get(&world, "RelationshipDefinitions(SchemaName='business_unit_roles')/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata").await;
    assert_eq!(by_key["ReferencedEntity"], json!("businessunit"));
    let seen = world
        .get("EntityDefinitions(LogicalName='systemuser')/ManyToManyRelationships?$select=ReferencedEntity")
        .app(CONNECTOR)
        .go()
        .await;
    assert_eq!(
        seen.code(400, "0x80060888"),
        "Could not find a property named 'ReferencedEntity' on type 'Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata'."
    );
}

#[tokio::test]
async fn expansions_of_a_table() {
    let world = World::new().await;
    let json = get(&world, "EntityDefinitions(LogicalName='role')?$select=LogicalName&$expand=Attributes($select=LogicalName;$filter=IsPrimaryName eq true),ManyToManyRelationships").await;
    assert_eq!(json["Attributes"].as_array().unwrap().len(), 1);
    assert_eq!(json["Attributes"][0]["LogicalName"], json!("name"));
    assert_eq!(json["ManyToManyRelationships"].as_array().unwrap().len(), 2);
    for (target, status) in [
        ("EntityDefinitions?$select=Nosuch", 400),
        ("EntityDefinitions?$top=1", 501),
        ("EntityDefinitions?$expand=Nosuch", 400),
        ("EntityDefinitions(LogicalName='role')/Nosuch", 400),
        (
            "EntityDefinitions(LogicalName='role')/Attributes/Microsoft.Dynamics.CRM.MoneyAttributeMetadata",
            501,
        ),
    ] {
        assert_eq!(
            world.get(target).app(CONNECTOR).go().await.status(),
            status,
            "{target}"
        );
    }
}

#[tokio::test]
async fn the_documents_promise_what_is_served() {
    let world = World::new().await;
    let seen = world.get("").person(ANNA).go().await.ok();
    let json = seen.json();
    assert_eq!(
        json["@odata.context"],
        json!("https://contoso.crm4.dynamics.com/api/data/v9.2/$metadata")
    );
    for entry in json["value"].as_array().unwrap() {
        world
            .get(entry["url"].as_str().unwrap())
            .app(CONNECTOR)
            .go()
            .await
            .ok();
    }
    let seen = world.get("$metadata").person(ANNA).go().await.ok();
    assert_eq!(seen.header("content-type"), Some("application/xml"));
    let xml = seen.text();
    for table in schema::TABLES {
        assert!(xml.contains(&format!("<EntityType Name=\"{}\">", table.logical)));
        for column in table.columns {
            assert!(
                xml.contains(&format!("<Property Name=\"{}\"", column.property())),
                "{}",
                column.logical
            );
        }
    }
    assert!(xml.contains("<FunctionImport Name=\"WhoAmI\" Function=\"Microsoft.Dynamics.CRM.WhoAmI\" />"));
    assert_eq!(world.get("$metadata").app(NOBODY).go().await.status(), 403);
}

#[tokio::test]
async fn typed_columns_in_one_request() {
    let world = World::new().await;
    let ask = async |query: Json| {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("@p1", &query.to_string())
            .finish();
        world
            .get(&format!("RetrieveMetadataChanges(Query=@p1)?{query}"))
            .app(CONNECTOR)
            .go()
            .await
    };
    let named = |name: &str, operator: &str| {
        json!({"Conditions": [{
            "PropertyName": "LogicalName",
            "ConditionOperator": operator,
            "Value": {"Type": "System.String", "Value": name},
        }]})
    };
    let query = |table: &str, columns: Json| {
        json!({
            "Properties": {"PropertyNames": ["LogicalName", "Attributes"]},
            "Criteria": named(table, "Equals"),
            "AttributeQuery": columns,
        })
    };
    let names = json!({"PropertyNames": ["LogicalName", "SchemaName", "MaxLength", "Precision"]});
    let columns = json!({"Properties": names, "Criteria": named("domainname", "Equals")});
    let json = ask(query("systemuser", columns)).await.ok().json();
    let attributes = json["EntityMetadata"][0]["Attributes"].as_array().unwrap();
    assert_eq!(attributes.len(), 1);
    assert_eq!(
        (&attributes[0]["MaxLength"], attributes[0].get("DisplayName")),
        (&json!(1024), None)
    );
    assert_eq!(
        ask(query("account", json!({}))).await.ok().json()["EntityMetadata"],
        json!([])
    );
    let all = ask(query("role", json!({}))).await.ok().json();
    let role = schema::table("role").unwrap();
    assert_eq!(
        all["EntityMetadata"][0]["Attributes"].as_array().unwrap().len(),
        role.columns.len()
    );
    assert_eq!(ask(json!({"Criteria": named("role", "In")})).await.status(), 501);
    assert_eq!(ask(json!({"LabelQuery": {}})).await.status(), 501);
    assert_eq!(
        world
            .get("RetrieveMetadataChanges(Query=@p1)?@p1=x")
            .app(CONNECTOR)
            .go()
            .await
            .status(),
        400
    );
}
