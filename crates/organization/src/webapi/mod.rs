//! The Web API of one organization: from a path to an answer.
//!
//! Reading is a pure function over the organization as it stands; writing is one over an editor, so that a
//! change set is a sequence of writes that is committed or forgotten as a whole. To add a resource: its file
//! and its line in [`read`] or [`write`].

pub(crate) mod answer;
pub(crate) mod associate;
pub(crate) mod classic;
pub(crate) mod csdl;
pub(crate) mod definitions;
pub(crate) mod functions;
mod grants;
pub(crate) mod payload;
pub(crate) mod query;
pub(crate) mod roles;
mod rows;
pub(crate) mod users;

use bytes::Bytes;
use directory::Tenant;
use http::{Method, StatusCode};
use types::{RegionTable, Timestamp};
use wire::{
    Call,
    dataverse::SEGMENT_NOT_FOUND,
    odata::{JSON, Prefer, csdl::ServiceDocument, options::Options, path, path::Segment},
};

use crate::{access::Caller, refusal::Refusal, schema};

/// Where the Web API lives.
pub(crate) const ROOT: &str = "/api/data/";
/// The versions it serves (facts/organization.md 3.3).
pub(crate) const VERSIONS: [&str; 6] = ["v8.0", "v8.1", "v8.2", "v9.0", "v9.1", "v9.2"];

/// What an answer is made from.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// What was asked.
    pub(crate) call: &'a Call,
    /// Who asks.
    pub(crate) caller: Caller<'a>,
    /// The accounts behind the users.
    pub(crate) directory: &'a Tenant,
    /// The regions.
    pub(crate) regions: &'a RegionTable,
    /// What moment it is.
    pub(crate) now: Timestamp,
}

/// A request to the Web API, read.
#[derive(Debug)]
pub(crate) struct Request {
    /// `v9.2`
    pub(crate) version: &'static str,
    /// Below the version.
    pub(crate) path: Vec<Segment>,
    /// Behind the question mark.
    pub(crate) options: Options,
    /// `Prefer`
    pub(crate) prefer: Prefer,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: StatusCode,
    /// The body's type; none for no body.
    pub(crate) content_type: Option<&'static str>,
    /// The body.
    pub(crate) body: Bytes,
    /// `OData-EntityId`: the address of what was made or changed.
    pub(crate) entity: Option<String>,
    /// `ETag`
    pub(crate) etag: Option<String>,
    /// `Preference-Applied`
    pub(crate) applied: String,
    /// For the journal.
    pub(crate) why: String,
}

impl Reply {
    /// 200 with JSON.
    pub(crate) fn json(body: &serde_json::Value, why: impl Into<String>) -> Self {
        Self::bytes(JSON, body.to_string(), why)
    }

    /// 200 with anything.
    pub(crate) fn bytes(kind: &'static str, body: impl Into<Bytes>, why: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: Some(kind),
            body: body.into(),
            entity: None,
            etag: None,
            applied: String::new(),
            why: why.into(),
        }
    }

    /// 204.
    pub(crate) fn nothing(why: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            content_type: None,
            ..Self::bytes(JSON, "", why)
        }
    }
}

impl Request {
    /// Reads path, query and preferences.
    ///
    /// # Errors
    /// A version that is unknown or newer than the organization's release, unreadable path or query.
    pub(crate) fn read(call: &Call, release: &str) -> Result<Self, Refusal> {
        let rest = call.path.strip_prefix(ROOT).unwrap_or_default();
        let (version, path) = rest.split_once('/').unwrap_or((rest, ""));
        let newest = first_two(release);
        let is_served = |known: &&&str| first_two(&known[1..]) <= newest;
        let mut named = VERSIONS
            .iter()
            .filter(|known| known.eq_ignore_ascii_case(version));
        let version = *named.find(is_served).ok_or_else(|| {
            let all: Vec<_> = VERSIONS.iter().filter(is_served).copied().collect();
            let why = format!(
                "the Web API version `{version}` is none that release {release} serves: {}",
                all.join(", ")
            );
            Refusal::of(&SEGMENT_NOT_FOUND, &[&version], why).cause("api-version-unsupported")
        })?;
        let headers = call.headers.get_all("prefer");
        let prefer = Prefer::read(headers.iter().filter_map(|value| value.to_str().ok()));
        if prefer.track_changes || prefer.respond_async {
            return Err(Refusal::not_understood(
                "change tracking and background operations in `Prefer`",
            ));
        }
        Ok(Self {
            version,
            path: path::parse(path)?,
            options: Options::parse(&call.query)?,
            prefer,
        })
    }
}

/// The first two numbers of a version.
fn first_two(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

impl Scene<'_> {
    /// `https://contoso.crm4.dynamics.com/api/data/v9.2/`, as the caller wrote the host.
    pub(crate) fn root(&self, request: &Request) -> String {
        self.call.url(&format!("{ROOT}{}/", request.version))
    }
}

/// Whether the verb only reads.
pub(crate) fn is_reading(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// No such resource.
pub(crate) fn no_segment(name: &str) -> Refusal {
    Refusal::plain(&SEGMENT_NOT_FOUND, &[&name])
}

/// Answers a reading request.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn read(scene: &Scene<'_>, request: &Request) -> Result<Reply, Refusal> {
    let Some((first, rest)) = request.path.split_first() else {
        return service_document(scene, request);
    };
    match first.name.as_str() {
        "WhoAmI" if rest.is_empty() && first.is_plain() => functions::who_am_i(scene, request),
        "RetrieveVersion" if rest.is_empty() && first.is_plain() => functions::version(scene, request),
        "RetrieveCurrentOrganization" if rest.is_empty() => {
            functions::current_organization(scene, request, first)
        }
        "RetrieveRolePrivilegesRole" if rest.is_empty() => grants::of_role(scene, request, first),
        "$metadata" if rest.is_empty() => csdl::document(scene),
        "EntityDefinitions" | "RelationshipDefinitions" => definitions::read(scene, request),
        "$batch" => Err(Refusal::method("a batch is sent with POST")),
        "RetrieveMetadataChanges" if rest.is_empty() => definitions::changes::read(scene, request, first),
        "GlobalOptionSetDefinitions" | "ManagedPropertyDefinitions" => {
            Err(Refusal::not_understood(format!("the resource `{}`", first.name)))
        }
        set => match schema::table_of_set(set) {
            Some(table) => rows::read(scene, request, table),
            None => Err(no_segment(set)),
        },
    }
}

/// What may be written, with the verbs that write it.
pub(crate) fn write(
    scene: &Scene<'_>,
    request: &Request,
    editor: &mut crate::manage::Editor<'_>,
    facts: &users::Facts<'_>,
) -> Result<Reply, Refusal> {
    let Some((first, rest)) = request.path.split_first() else {
        return Err(Refusal::method("the service document is read with GET"));
    };
    let Some(table) = schema::table_of_set(&first.name) else {
        return Err(match first.name.as_str() {
            "EntityDefinitions" | "RelationshipDefinitions" | "CreateEntities" | "BulkDelete" => {
                Refusal::not_understood(format!("writing `{}`: tables are fixed here", first.name))
            }
            "WhoAmI"
            | "RetrieveVersion"
            | "RetrieveCurrentOrganization"
            | "RetrieveRolePrivilegesRole"
            | "$metadata" => Refusal::method(format!("{} is read with GET", first.name)),
            name => no_segment(name),
        });
    };
    scene.caller.require_write()?;
    let is_link = rest.last().is_some_and(|last| last.name == "$ref");
    match (table.logical, rest) {
        (_, [_, _]) if is_link => associate::write(scene, request, table, editor),
        ("systemuser", _) => users::write(scene, request, editor, facts),
        ("role", _) => roles::write(scene, request, table, editor, facts),
        _ => Err(Refusal::not_understood(format!(
            "writing the table `{}`",
            table.logical
        ))),
    }
}

fn service_document(scene: &Scene<'_>, request: &Request) -> Result<Reply, Refusal> {
    scene.caller.require_role()?;
    let context = format!("{}$metadata", scene.root(request));
    let document = ServiceDocument::of(context, schema::TABLES.iter().map(|table| table.set));
    let body = serde_json::to_value(document).unwrap_or_default();
    Ok(Reply::json(&body, "the service document"))
}
