//! Carrying out Web API requests: reads at once, writes and change sets as transactions, batches in order.

use std::{cell::RefCell, collections::HashMap};

use directory::Tenant;
use evidence::{Decision, Outcome};
use http::{Method, StatusCode};
use store::StoreError;
use types::{AppId, Host, SystemUserId, Timestamp};
use wire::{
    Answer, Call,
    dataverse::BAD_QUERY,
    odata::{
        Prefer,
        batch::{self, Operation, Part, Replies},
    },
};

use crate::{
    access::{self, Caller},
    manage::Editor,
    refusal::{Refusal, Stop},
    service::{Service, refused},
    view::Organizations,
    webapi::{self, Reply, Request, Scene, answer, is_reading, payload, users},
};

/// Who writes, by ids that hold from one revision to the next.
#[derive(Clone, Copy)]
struct Who<'h> {
    host: &'h Host,
    user: SystemUserId,
}

impl Service {
    /// Answers a request to the Web API of someone who was let in.
    pub(crate) async fn web_api(
        &self,
        call: &Call,
        caller: Caller<'_>,
        directory: &Tenant,
        now: Timestamp,
    ) -> Result<(Answer, Decision), StoreError> {
        let is_batch = call.path.ends_with("/$batch") && call.method == Method::POST;
        if is_batch {
            return self.batch(call, caller, directory, now).await;
        }
        self.one(call, caller, directory, now).await
    }

    /// One request by itself.
    async fn one(
        &self,
        call: &Call,
        caller: Caller<'_>,
        directory: &Tenant,
        now: Timestamp,
    ) -> Result<(Answer, Decision), StoreError> {
        let request = match Request::read(call, &caller.org.record.version) {
            Ok(request) => request,
            Err(refusal) => return Ok(refused(call, &refusal, None)),
        };
        let decided = if is_reading(&call.method) {
            webapi::read(
                &Scene {
                    call,
                    caller,
                    directory,
                    regions: &self.regions,
                    now,
                },
                &request,
            )
        } else {
            let who = Who {
                host: &caller.org.record.host,
                user: caller.actor.unwrap_or(caller.user).id,
            };
            let calls = [(call.clone(), None)];
            match self.write(&calls, who, caller.org.tenant, directory, now).await? {
                Ok(mut replies) => replies
                    .pop()
                    .ok_or_else(|| Refusal::method("nothing was written")),
                Err((_, refusal)) => Err(refusal),
            }
        };
        Ok(match decided {
            Ok(reply) => (answer::of_reply(&reply), Decision::granted(reply.why)),
            Err(refusal) => refused(call, &refusal, None),
        })
    }

    /// Writes in order, all of them or none. The error says which one was refused.
    async fn write(
        &self,
        calls: &[(Call, Option<String>)],
        who: Who<'_>,
        tenant: types::TenantId,
        directory: &Tenant,
        now: Timestamp,
    ) -> Result<Result<Vec<Reply>, (usize, Refusal)>, StoreError> {
        let registered = self.registered(calls).await?;
        let mut failed = 0;
        let done = self
            .store
            .update::<Organizations, _, Stop>(tenant, |all, changes| {
                let gone = || Refusal::nowhere(format!("the organization at {} is gone", who.host));
                let org = all.at(who.host).ok_or_else(gone)?;
                let user = org.user(who.user).ok_or_else(gone)?;
                let made = RefCell::new(HashMap::new());
                let mut replies = Vec::with_capacity(calls.len());
                let mut editor: Option<Editor<'_>> = None;
                let mut changes = Some(changes);
                for (at, (call, content_id)) in calls.iter().enumerate() {
                    failed = at;
                    let call = resolve(call, &made.borrow())?;
                    let request = Request::read(&call, &org.record.version)?;
                    let caller = access::admit(org, user, &call)?;
                    let scene = Scene {
                        call: &call,
                        caller,
                        directory,
                        regions: &self.regions,
                        now,
                    };
                    if editor.is_none()
                        && let Some(changes) = changes.take()
                    {
                        editor = Some(Editor::new(org, users::author(&scene), changes));
                    }
                    let Some(editor) = editor.as_mut() else {
                        return Err(gone().into());
                    };
                    let facts = users::Facts {
                        registered: &|app| registered.contains(&app),
                        made: &|id: &str| made.borrow().get(id).cloned(),
                        chance: &self.chance,
                    };
                    let reply = webapi::write(&scene, &request, editor, &facts)?;
                    if let (Some(id), Some(entity)) = (content_id, &reply.entity) {
                        made.borrow_mut().insert(id.clone(), entity.clone());
                    }
                    replies.push(reply);
                }
                Ok(replies)
            })
            .await;
        match done {
            Ok(replies) => Ok(Ok(replies)),
            Err(Stop::Refused(refusal)) => Ok(Err((failed, refusal))),
            Err(Stop::Store(error)) => Err(error),
        }
    }

    /// Which applications named in the bodies the directory knows: any tenant's registration will do.
    async fn registered(&self, calls: &[(Call, Option<String>)]) -> Result<Vec<AppId>, StoreError> {
        let mut known = Vec::new();
        for (call, _) in calls {
            let body: Option<serde_json::Value> = serde_json::from_slice(&call.body).ok();
            let app = body
                .as_ref()
                .and_then(|body| body.get("applicationid")?.as_str()?.parse::<AppId>().ok());
            if let Some(app) = app
                && self.store.tenant_of(&format!("app:{app}")).await?.is_some()
            {
                known.push(app);
            }
        }
        Ok(known)
    }

    /// `$batch`: parts in order; without `odata.continue-on-error` the first refusal ends it, and its status
    /// is the batch's (powerapps-docs, execute batch operations).
    async fn batch(
        &self,
        call: &Call,
        caller: Caller<'_>,
        directory: &Tenant,
        now: Timestamp,
    ) -> Result<(Answer, Decision), StoreError> {
        let prefer = Prefer::read(
            call.headers
                .get_all("prefer")
                .iter()
                .filter_map(|v| v.to_str().ok()),
        );
        let parts = match read_batch(call) {
            Ok(parts) => parts,
            Err(refusal) => return Ok(refused(call, &refusal, None)),
        };
        let (host, tenant) = (&caller.org.record.host, caller.org.tenant);
        let who = Who {
            host,
            user: caller.actor.unwrap_or(caller.user).id,
        };
        let mut replies = Vec::with_capacity(parts.len());
        let mut worst: Option<(StatusCode, Decision)> = None;
        let count = parts.len();
        for part in parts {
            let refusal = match part {
                Part::One(operation) => {
                    let inner = inner(call, &operation);
                    // Each part sees what earlier ones wrote.
                    let all = self.store.view::<Organizations>(tenant).await?;
                    let fresh = all.at(host).and_then(|org| Some((org, org.user(who.user)?)));
                    let admitted = match fresh {
                        Some((org, user)) => access::admit(org, user, &inner),
                        None => Err(Refusal::nowhere("the organization or the user is gone")),
                    };
                    let (answer, decision) = match admitted {
                        Ok(caller) => self.one(&inner, caller, directory, now).await?,
                        Err(refusal) => refused(&inner, &refusal, None),
                    };
                    let failed = (decision.outcome != Outcome::Granted).then_some((answer.status, decision));
                    replies.push(Replies::One(reply(answer, None)));
                    failed
                }
                Part::ChangeSet(set) => {
                    let calls: Vec<_> = set
                        .iter()
                        .map(|operation| (inner(call, operation), operation.content_id.clone()))
                        .collect();
                    let written = match refuse_reads(&set) {
                        Ok(()) => self.write(&calls, who, tenant, directory, now).await?,
                        Err(refused) => Err(refused),
                    };
                    let (set, failed) = change_set(&calls, written);
                    replies.push(Replies::ChangeSet(set));
                    failed
                }
            };
            if let Some(refusal) = refusal
                && worst.is_none()
            {
                worst = Some(refusal);
                if !prefer.continue_on_error {
                    break;
                }
            }
        }
        let boundary = self.chance.uuid().to_string();
        let (kind, body) = batch::write(&replies, &boundary, |_| self.chance.uuid().to_string());
        let refused = worst.as_ref().filter(|_| !prefer.continue_on_error);
        let mut answer = Answer::empty(refused.map_or(StatusCode::OK, |(status, _)| *status));
        answer = answer.with(http::header::CONTENT_TYPE, &kind);
        answer
            .headers
            .insert("odata-version", http::HeaderValue::from_static("4.0"));
        answer.body = body;
        let decision = worst.map_or_else(
            || Decision::granted(format!("a batch of {count} parts")),
            |(_, d)| d,
        );
        Ok((answer, decision))
    }
}

fn read_batch(call: &Call) -> Result<Vec<Part>, Refusal> {
    let kind = call.header("content-type").unwrap_or_default();
    let body = std::str::from_utf8(&call.body)
        .map_err(|_| Refusal::plain(&BAD_QUERY, &[&"The batch request is not UTF-8."]))?;
    Ok(batch::read(kind, body)?)
}

/// A change set holds writes only, each with a Content-ID (powerapps-docs: 0x80060888 without).
fn refuse_reads(set: &[Operation]) -> Result<(), (usize, Refusal)> {
    for (at, operation) in set.iter().enumerate() {
        if is_reading(&operation.method) {
            let text = "An invalid HTTP method 'GET' was detected for a request in a change set.";
            return Err((at, Refusal::plain(&BAD_QUERY, &[&text])));
        }
        if operation.content_id.is_none() {
            return Err((
                at,
                Refusal::plain(&BAD_QUERY, &[&"Content-ID header not present in a change set."]),
            ));
        }
    }
    Ok(())
}

/// The request inside a batch: its own verb, address, headers and body; who calls is the batch's.
fn inner(outer: &Call, operation: &Operation) -> Call {
    let root = outer.path.strip_suffix("$batch").unwrap_or(&outer.path);
    let target = operation.target.as_str();
    let absolute = target
        .get(..8)
        .is_some_and(|s| s.eq_ignore_ascii_case("https://"));
    let local = if absolute {
        target[8..].find('/').map_or("/", |at| &target[8 + at..])
    } else {
        target
    };
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    let path = if path.starts_with(['/', '$']) {
        path.to_owned()
    } else {
        format!("{root}{path}")
    };
    let mut headers = operation.headers.clone();
    for name in ["callerobjectid", "mscrmcallerid"] {
        if let (false, Some(value)) = (headers.contains_key(name), outer.headers.get(name)) {
            headers.insert(name, value.clone());
        }
    }
    Call {
        method: operation.method.clone(),
        path,
        query: query.to_owned(),
        headers,
        body: operation.body.clone(),
        ..outer.clone()
    }
}

/// Puts the address of an earlier part in the place of `$1`.
fn resolve(call: &Call, made: &HashMap<String, String>) -> Result<Call, Refusal> {
    let mut call = call.clone();
    if let Some(reference) = call.path.strip_prefix('$') {
        let (id, rest) = reference.split_once('/').unwrap_or((reference, ""));
        let path = made
            .get(id)
            .and_then(|entity| entity.find("/api/").map(|at| &entity[at..]));
        let path = path.ok_or_else(|| payload::no_reference(&format!("${id}")))?;
        call.path = if rest.is_empty() {
            path.to_owned()
        } else {
            format!("{path}/{rest}")
        };
    }
    Ok(call)
}

/// The answers to a change set: one each, or the one refusal that undid it.
fn change_set(
    calls: &[(Call, Option<String>)],
    written: Result<Vec<Reply>, (usize, Refusal)>,
) -> (Vec<batch::Reply>, Option<(StatusCode, Decision)>) {
    match written {
        Ok(replies) => {
            let pairs = replies.iter().zip(calls);
            (
                pairs
                    .map(|(done, (_, id))| reply(answer::of_reply(done), id.clone()))
                    .collect(),
                None,
            )
        }
        Err((at, refusal)) => {
            let Some((call, id)) = calls.get(at) else {
                return (Vec::new(), None);
            };
            let (answer, decision) = refused(call, &refusal, None);
            let status = answer.status;
            (vec![reply(answer, id.clone())], Some((status, decision)))
        }
    }
}

fn reply(answer: Answer, content_id: Option<String>) -> batch::Reply {
    batch::Reply {
        content_id,
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
    }
}
