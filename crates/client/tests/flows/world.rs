//! A small world of our own: sign-in service, discovery and organization in one TLS server. It is no model of
//! the real ones, only enough for a client to walk through; each test says where it differs.

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use client::{KeyKind, Outside, Vault};
use net::{Net, Settings};
use serde_json::{Value, json};
use testkit::Authority;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use types::{ManualClock, Secret, SystemChance, Timestamp};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_714_558_830);
pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const CLIENT: &str = "51f81489-12ee-4a9e-aaae-a2591f45987d";
const NAMES: [&str; 3] = [
    "login.microsoftonline.com",
    "contoso.crm4.dynamics.com",
    "globaldisco.crm.dynamics.com",
];

/// One request as the server read it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) method: String,
    /// The true name.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) bearer: Option<String>,
    pub(crate) body: String,
    /// The paths of all requests before.
    pub(crate) earlier: Vec<String>,
}

/// One answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string(),
        }
    }
}

type Difference = dyn Fn(&Heard) -> Option<Reply> + Send + Sync;

/// The server, until the test ends.
pub(crate) struct World {
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
    authority: Authority,
}

impl World {
    /// Starts it; `difference` answers first, what it leaves is answered as if all were well.
    pub(crate) async fn start(difference: impl Fn(&Heard) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let authority = Authority::new("World");
        let names = NAMES.map(|name| format!("{name}.localhost")).join(" ");
        let acceptor = authority.acceptor(&names, 2030);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let (kept, difference): (_, Arc<Difference>) = (heard.clone(), Arc::new(difference));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, kept, difference) = (acceptor.clone(), kept.clone(), difference.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let Some(mut request) = read(&mut stream).await else {
                        return;
                    };
                    {
                        let mut all = kept.lock().unwrap();
                        request.earlier = all.iter().map(|earlier| earlier.path.clone()).collect();
                        all.push(request.clone());
                    }
                    let reply = difference(&request).unwrap_or_else(|| well(&request, port));
                    let mut text = format!(
                        "HTTP/1.1 {} X\r\ncontent-length: {}\r\n",
                        reply.status,
                        reply.body.len()
                    );
                    for (name, value) in &reply.headers {
                        text.push_str(&format!("{name}: {value}\r\n"));
                    }
                    text.push_str(&format!("\r\n{}", reply.body));
                    let _ = stream.write_all(text.as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self {
            port,
            heard,
            authority,
        }
    }

    /// An address of this world.
    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        address(self.port, host, path)
    }

    /// What a client needs to reach it; waiting takes no time.
    pub(crate) fn outside(&self) -> Outside {
        let settings = Settings {
            standin_ca: Some(self.authority.file()),
            ..Settings::default()
        };
        let mut outside = Outside::new(
            Net::new(settings, Arc::new(ManualClock::at(NOW))),
            Arc::new(SystemChance),
        );
        outside.pause = |_| Box::pin(async {});
        outside
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.heard()
            .iter()
            .map(|r| format!("{} {} {}", r.method, r.host, r.path))
            .collect()
    }
}

fn address(port: u16, host: &str, path: &str) -> String {
    format!("https://{host}.localhost:{port}{path}")
}

async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<Heard> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    let mut first = head.split(' ');
    let method = first.next()?.to_owned();
    let path = first.next()?.split('?').next()?.to_owned();
    let host = header("host")?.split(".localhost").next()?.to_owned();
    let bearer =
        header("authorization").and_then(|value| value.strip_prefix("Bearer ").map(ToOwned::to_owned));
    Some(Heard {
        method,
        host,
        path,
        bearer,
        body: String::from_utf8(body).unwrap(),
        earlier: Vec::new(),
    })
}

/// What the real ones would answer, in outline.
fn well(request: &Heard, port: u16) -> Reply {
    let login = |path: &str| address(port, NAMES[0], path);
    let id = |n: u8| format!("0000000{n}-0000-0000-0000-000000000000");
    let path = request.path.as_str();
    match (request.host.as_str(), path) {
        (_, path) if path.ends_with("/openid-configuration") => {
            let tenant = path.split('/').nth(1).unwrap();
            Reply::json(
                200,
                &json!({
                    "issuer": login(&format!("/{tenant}/v2.0")),
                    "authorization_endpoint": login(&format!("/{tenant}/oauth2/v2.0/authorize")),
                    "token_endpoint": login(&format!("/{tenant}/oauth2/v2.0/token")),
                    "device_authorization_endpoint": login(&format!("/{tenant}/oauth2/v2.0/devicecode")),
                }),
            )
        }
        (_, path) if path.ends_with("/devicecode") => Reply::json(
            200,
            &json!({
                "user_code": "BCDFGHJKL", "device_code": "BAQABAAEAAAD", "verification_uri": login("/device"),
                "expires_in": 900, "interval": 5,
            }),
        ),
        (_, path) if path.ends_with("/token") => {
            let person = field(&request.body, "grant_type").unwrap() != "client_credentials";
            Reply::json(200, &tokens(person.then(|| id_token(None)).as_deref()))
        }
        (_, path) if path.starts_with("/common/userrealm/") => Reply::json(
            200,
            &json!({"ver": "1.0", "account_type": "Managed", "domain_name": "contoso.com"}),
        ),
        (_, "/api/data/v9.2/WhoAmI") if request.bearer.is_none() => {
            let uri = login(&format!("/{TENANT}/oauth2/authorize"));
            let resource = address(port, NAMES[1], "/");
            let challenge = format!("Bearer authorization_uri={uri}, resource_id={resource}");
            Reply {
                status: 401,
                headers: vec![("www-authenticate".into(), challenge)],
                body: String::new(),
            }
        }
        (_, "/api/data/v9.2/WhoAmI") => Reply::json(
            200,
            &json!({"BusinessUnitId": id(1), "UserId": id(2), "OrganizationId": id(3)}),
        ),
        (_, path) if path.starts_with("/api/data/v9.2/RetrieveCurrentOrganization(") => Reply::json(
            200,
            &json!({"Detail": {"FriendlyName": "Contoso", "UniqueName": "unq1"}}),
        ),
        (_, "/api/discovery/v2.0/Instances") if request.bearer.is_some() => {
            let one = |n: u8, unique: &str, friendly: &str| {
                json!({"Id": id(n), "UniqueName": unique, "FriendlyName": friendly, "UrlName": unique,
                    "Url": address(port, NAMES[1], "/")})
            };
            Reply::json(
                200,
                &json!({"value": [one(3, "unq1", "Contoso"), one(4, "unq2", "Contoso Sandbox")]}),
            )
        }
        _ => Reply::json(404, &json!({})),
    }
}

/// A token answer; for a person also with a refresh token.
pub(crate) fn tokens(id_token: Option<&str>) -> Value {
    let mut answer = json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "eyJ0.eyJh.c2ln"});
    if let Some(id_token) = id_token {
        answer["id_token"] = id_token.into();
        answer["refresh_token"] = "0.next".into();
    }
    answer
}

pub(crate) fn id_token(nonce: Option<&str>) -> String {
    let claims =
        json!({"aud": CLIENT, "tid": TENANT, "preferred_username": "anna@contoso.com", "nonce": nonce});
    format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// A field of a form or query, decoded.
pub(crate) fn field(form: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(form.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A vault in `directory` that knows its pass phrase.
pub(crate) fn vault(directory: &std::path::Path) -> Vault {
    Vault::new(
        directory.to_owned(),
        None,
        KeyKind::PassPhrase,
        Arc::new(SystemChance),
        Box::new(|_| Ok(Secret::new("phrase"))),
    )
}
