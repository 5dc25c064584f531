//! Global discovery: the organizations a person may enter (facts/organization.md 3.1).
//!
//! Who is left out: people disabled in an organization, people outside an environment's security group,
//! partners' administrators, and organizations of other clouds. A disabled organization is listed, with its
//! state. People who are entitled and have not been there yet are listed: the real service has made their
//! user record when the license was given.

use directory::Account;
use serde_json::{Map, Value as Json};
use types::{Cloud, Form, RegionTable, Uuid};
use wire::{
    Call,
    dataverse::BAD_QUERY,
    instance::Instance,
    odata::{
        Case, Kind, Literal, Value,
        csdl::{EntitySet, EntityType, Model, Property, ServiceDocument, write},
        filter::{Row, Shape},
        options::Options,
        path::{self, ArgumentValue, Segment},
    },
};

use crate::{
    model::{AccessMode, OrganizationState, SystemUser},
    privileges::SYSTEM_ADMINISTRATOR,
    refusal::Refusal,
    standing::{Standing, standing},
    view::{Org, Organizations},
    webapi::{Reply, is_reading, no_segment},
};

/// Where it lives.
pub(crate) const ROOT: &str = "/api/discovery/v2.0";
/// The namespace of its types (recalled).
const NAMESPACE: &str = "Microsoft.Dynamics.CRM";

/// The properties of an instance.
static PROPERTIES: &[(&str, Kind)] = &[
    ("Id", Kind::Guid),
    ("UniqueName", Kind::Text),
    ("UrlName", Kind::Text),
    ("FriendlyName", Kind::Text),
    ("Url", Kind::Text),
    ("ApiUrl", Kind::Text),
    ("Version", Kind::Text),
    ("State", Kind::Int32),
    ("StatusMessage", Kind::Int32),
    ("Region", Kind::Text),
    ("EnvironmentId", Kind::Text),
    ("TenantId", Kind::Guid),
    ("SchemaType", Kind::Text),
    ("OrganizationType", Kind::Int32),
    ("TrialExpirationDate", Kind::Time),
    ("LastUpdated", Kind::Time),
    ("Purpose", Kind::Text),
    ("DatacenterId", Kind::Text),
    ("DatacenterName", Kind::Text),
    ("IsUserSysAdmin", Kind::Bool),
];

/// Who asks, as far as discovery cares.
pub(crate) enum Asker<'a> {
    /// A person.
    Person(&'a Account),
    /// An application; whether the real service answers one is unverified.
    Application(types::AppId),
}

/// Where a client asks who signs people in, on every host (facts/organization.md 3.2).
pub(crate) fn is_challenge(path: &str) -> bool {
    path.trim_end_matches('/') == "/api/aad/challenge"
}

/// Answers a request whose token was judged.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn answer(
    call: &Call,
    all: &Organizations,
    regions: &RegionTable,
    cloud: Cloud,
    asker: &Asker<'_>,
) -> Result<Reply, Refusal> {
    if !is_reading(&call.method) {
        return Err(Refusal::method("discovery is read with GET"));
    }
    let path = path::parse(call.path.strip_prefix(ROOT).unwrap_or_default())?;
    match path.as_slice() {
        [] => Ok(service_document(call)),
        [one] if one.name == "$metadata" && one.arguments.is_none() => Ok(Reply::bytes(
            "application/xml",
            write(&model(), NAMESPACE),
            "discovery's metadata document",
        )),
        [one] if one.name == "Instances" => {
            let found = all
                .iter()
                .filter_map(|org| listed(org, regions, cloud, call.form, asker));
            instances(call, one, found.collect())
        }
        [other, ..] => Err(no_segment(&other.name)),
    }
}

fn service_document(call: &Call) -> Reply {
    let document = ServiceDocument::of(call.url(&format!("{ROOT}/$metadata")), ["Instances"]);
    Reply::json(
        &serde_json::to_value(document).unwrap_or_default(),
        "discovery's service document",
    )
}

/// The entry of one organization, if the asker may see it.
fn listed(org: &Org, regions: &RegionTable, cloud: Cloud, form: Form, asker: &Asker<'_>) -> Option<Instance> {
    let (region, _) = regions
        .of_host(&org.record.host)
        .filter(|(region, _)| region.cloud == cloud)?;
    let user: Option<&SystemUser> = match asker {
        Asker::Person(account) => match standing(org, account) {
            Standing::Member(user) | Standing::Returning(user) => Some(user),
            Standing::Entitled(_) => None,
            Standing::Leaving(..) | Standing::Stranger(_) => return None,
        },
        Asker::Application(app) => Some(
            org.application_user(*app)
                .filter(|user| user.disabled.is_none())?,
        ),
    };
    if user.is_some_and(|user| user.access_mode == AccessMode::DelegatedAdmin) {
        return None;
    }
    let record = &org.record;
    let api = form.dress(&format!("https://{}", org.api_host()));
    Some(Instance {
        tenant_id: Some(org.tenant),
        environment_id: Some(record.environment.to_string()),
        datacenter_id: Some(Uuid::nil().to_string()),
        datacenter_name: None,
        id: record.id,
        unique_name: record.unique_name.clone(),
        url_name: record.host.first_label().to_owned(),
        friendly_name: record.name.clone(),
        state: i32::from(record.state != OrganizationState::Enabled),
        // Which number goes with which state is our reading (facts/organization.md 2.6).
        status_message: match record.state {
            OrganizationState::Moving => 1,
            OrganizationState::NotConfigured => 3,
            OrganizationState::Disabled => 4,
            OrganizationState::Enabled => 6,
        },
        version: record.version.clone(),
        url: form.dress(&org.url()),
        api_url: api,
        region: region.code.to_string(),
        organization_type: record.organization_type,
        schema_type: Some("Full".to_owned()),
        is_user_sys_admin: user.is_some_and(|user| org.has_built_in(user, &SYSTEM_ADMINISTRATOR)),
        last_updated: Some(record.modified.rfc3339_seconds()),
        trial_expiration_date: Some(record.trial_expires.map_or_else(
            || Instance::NO_TRIAL.to_owned(),
            types::Timestamp::rfc3339_seconds,
        )),
        purpose: None,
    })
}

/// The list, or the list of one that a key names.
fn instances(call: &Call, segment: &Segment, found: Vec<Instance>) -> Result<Reply, Refusal> {
    let options = Options::parse(&call.query)?;
    refuse_options(&options)?;
    let mut found: Vec<Json> = found
        .into_iter()
        .filter_map(|instance| serde_json::to_value(instance).ok())
        .collect();
    if let Some(arguments) = &segment.arguments {
        found.retain(|json| has_key(json, arguments));
        if !arguments.iter().all(is_key) {
            let text = "The key of an instance is Id, UniqueName, Region, State or Version.";
            return Err(Refusal::plain(&BAD_QUERY, &[&text]));
        }
    }
    if let Some(filter) = &options.filter {
        filter.check(&Listed(&Json::Null))?;
        found.retain(|json| filter.holds(&Listed(json), Case::Matters));
    }
    if let Some(unknown) = options
        .select
        .iter()
        .find(|name| Listed(&Json::Null).kind(name).is_none())
    {
        return Err(crate::webapi::query::no_property(
            unknown,
            &Listed(&Json::Null).name(),
        ));
    }
    let shown: Vec<Json> = found
        .into_iter()
        .map(|json| chosen(json, &options.select))
        .collect();
    let select = if options.select.is_empty() {
        String::new()
    } else {
        format!("({})", options.select.join(","))
    };
    let mut body = Map::new();
    let context = call.url(&format!("{ROOT}/$metadata#Instances{select}"));
    body.insert("@odata.context".to_owned(), context.into());
    let why = format!("{} organizations the caller may enter", shown.len());
    body.insert("value".to_owned(), shown.into());
    Ok(Reply::json(&Json::Object(body), why))
}

fn chosen(json: Json, select: &[String]) -> Json {
    match json {
        Json::Object(all) if !select.is_empty() => Json::Object(
            all.into_iter()
                .filter(|(name, _)| select.contains(name))
                .collect(),
        ),
        other => other,
    }
}

/// Only `$select` and `$filter` are documented.
fn refuse_options(options: &Options) -> Result<(), Refusal> {
    let plain = Options {
        select: options.select.clone(),
        filter: options.filter.clone(),
        aliases: options.aliases.clone(),
        ..Options::default()
    };
    if *options == plain {
        return Ok(());
    }
    Err(Refusal::not_understood(
        "query options of discovery other than $select and $filter",
    ))
}

fn is_key(argument: &path::Argument) -> bool {
    let name = argument.name.as_deref().unwrap_or("Id");
    matches!(name, "Id" | "UniqueName" | "Region" | "State" | "Version")
}

fn has_key(json: &Json, arguments: &[path::Argument]) -> bool {
    arguments.iter().all(|argument| {
        let name = argument.name.as_deref().unwrap_or("Id");
        match (&argument.value, &Listed(json).value(name)) {
            (ArgumentValue::Literal(Literal::Guid(wanted)), Value::Guid(id)) => wanted == id,
            (ArgumentValue::Literal(Literal::Text(wanted)), Value::Text(text)) => wanted == text,
            (ArgumentValue::Literal(Literal::Int(wanted)), Value::Int(number)) => wanted == number,
            _ => false,
        }
    })
}

/// An entry as conditions see it.
struct Listed<'j>(&'j Json);

impl Shape for Listed<'_> {
    fn name(&self) -> String {
        format!("{NAMESPACE}.Instance")
    }

    fn kind(&self, property: &str) -> Option<Kind> {
        PROPERTIES
            .iter()
            .find(|(name, _)| *name == property)
            .map(|(_, kind)| *kind)
    }

    fn members(&self, _: &str) -> Option<Box<dyn Shape + '_>> {
        None
    }
}

impl Row for Listed<'_> {
    fn value(&self, property: &str) -> Value<'_> {
        match (self.kind(property), self.0.get(property)) {
            (Some(Kind::Guid), Some(Json::String(text))) => {
                Uuid::try_parse(text).map_or(Value::Null, Value::Guid)
            }
            (Some(Kind::Time), Some(Json::String(text))) => {
                types::Timestamp::parse_rfc3339(text).map_or(Value::Null, Value::Time)
            }
            (_, Some(Json::String(text))) => Value::Text(text.into()),
            (_, Some(Json::Bool(on))) => Value::Bool(*on),
            (_, Some(Json::Number(number))) => number.as_i64().map_or(Value::Null, Value::Int),
            _ => Value::Null,
        }
    }

    fn members(&self, _: &str) -> Vec<Box<dyn Row + '_>> {
        Vec::new()
    }
}

fn model() -> Model {
    let properties = PROPERTIES.iter().map(|(name, kind)| Property {
        name: (*name).to_owned(),
        kind: kind.edm().to_owned(),
        nullable: *name != "Id",
    });
    Model {
        entities: vec![EntityType {
            name: "Instance".to_owned(),
            key: "Id".to_owned(),
            properties: properties.collect(),
            navigations: Vec::new(),
        }],
        sets: vec![EntitySet {
            name: "Instances".into(),
            entity: "Instance".into(),
            bindings: Vec::new(),
        }],
        ..Model::default()
    }
}
