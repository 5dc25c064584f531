//! Signing in, by every grant, to a proven connection.

use client::{Class, ClientError, Method, Plan, Redirect, Target, Ui, connect};
use evidence::Steps;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use types::Secret;
use wire::oauth::DeviceCodeResponse;

use crate::world::{self, CLIENT, NOW, Reply, TENANT, World, id_token};

/// A person who does what they are asked at once.
struct Person;

impl Ui for Person {
    fn device_code(&self, code: &DeviceCodeResponse) {
        assert_eq!(code.user_code, "BCDFGHJKL");
    }

    /// Signs in at once and comes back with a code that repeats the nonce.
    fn browser(&self, url: &str) {
        let query = url.split_once('?').unwrap().1;
        let get = |name: &str| world::field(query, name).unwrap();
        let (redirect, state) = (get("redirect_uri"), get("state"));
        let code = format!("{}.{}", get("nonce"), get("code_challenge"));
        tokio::spawn(async move {
            let authority = redirect.strip_prefix("http://").unwrap().to_owned();
            let mut stream = TcpStream::connect(authority.replace("localhost", "127.0.0.1"))
                .await
                .unwrap();
            let request = format!("GET /?code={code}&state={state} HTTP/1.1\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut page = String::new();
            stream.read_to_string(&mut page).await.unwrap();
            assert!(page.contains("Signed in"), "{page}");
        });
    }
}

fn plan(world: &World, method: Method) -> Plan {
    Plan {
        target: Target::Url(world.url("contoso.crm4.dynamics.com", "/")),
        method,
        client_id: CLIENT.to_owned(),
        tenant: None,
        authority: world.url("login.microsoftonline.com", ""),
    }
}

fn secret() -> Method {
    Method::ClientSecret(Secret::new("canary-8Q~+/= &x"))
}

async fn run(world: &World, plan: &Plan) -> (Result<client::Connected, ClientError>, Steps) {
    let mut steps = Steps::default();
    let ended = connect(&world.outside(), plan, &Person, &mut steps).await;
    (ended, steps)
}

#[tokio::test]
async fn a_client_secret_connects_once_who_am_i_answers() {
    let world = World::start(|_| None).await;
    let (connected, steps) = run(&world, &plan(&world, secret())).await;
    let connected = connected.unwrap();
    assert_eq!((connected.at, connected.account.as_str()), (NOW, CLIENT));
    assert_eq!(connected.authority.tenant, TENANT);
    assert_eq!(connected.organization.friendly_name.as_deref(), Some("Contoso"));
    assert_eq!(
        world.paths(),
        [
            "GET contoso.crm4.dynamics.com /api/data/v9.2/WhoAmI",
            &format!("GET login.microsoftonline.com /{TENANT}/v2.0/.well-known/openid-configuration"),
            &format!("POST login.microsoftonline.com /{TENANT}/oauth2/v2.0/token"),
            "GET contoso.crm4.dynamics.com /api/data/v9.2/WhoAmI",
            "GET contoso.crm4.dynamics.com /api/data/v9.2/RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')",
        ]
    );
    let form = &world.heard()[2].body;
    assert_eq!(world::field(form, "client_secret").unwrap(), "canary-8Q~+/= &x");
    assert_eq!(
        world::field(form, "scope").unwrap(),
        format!("{}/.default", world.url("contoso.crm4.dynamics.com", "/"))
    );
    assert!(!format!("{steps:?}").contains("canary"));
}

#[tokio::test]
async fn a_refusal_keeps_all_that_was_said() {
    let world = World::start(|request| {
        request.path.ends_with("/token").then(|| Reply::json(401, &json!({
            "error": "invalid_client", "error_codes": [7000215], "correlation_id": "c-1", "trace_id": "t-1",
            "timestamp": "2024-05-01 10:20:30Z",
            "error_description": "AADSTS7000215: Invalid client secret provided. Trace ID: t-1 Correlation ID: c-1 Timestamp: 2024-05-01 10:20:30Z",
        })))
    })
    .await;
    let (ended, _) = run(&world, &plan(&world, secret())).await;
    let error = ended.err().unwrap();
    assert_eq!(error.class(), Class::RefusedAuthentication);
    let said = error.said().unwrap();
    assert_eq!(said.code, "AADSTS7000215 (invalid_client)");
    assert_eq!(said.sentence, "Invalid client secret provided.");
    assert_eq!(
        (said.correlation_id.as_deref(), said.time.as_deref()),
        (Some("c-1"), Some("2024-05-01 10:20:30Z"))
    );
    assert!(error.hint().contains("Value"), "{}", error.hint());
    assert_eq!(world.heard().len(), 3, "a refused secret is sent once");
}

#[tokio::test]
async fn a_device_code_is_polled_until_it_is_used() {
    let world = World::start(|request| {
        let polls = request
            .earlier
            .iter()
            .filter(|path| path.ends_with("/token"))
            .count();
        let wait = |word: &str| {
            Some(Reply::json(
                400,
                &json!({"error": word, "error_description": "AADSTS70016: Pending."}),
            ))
        };
        match polls {
            _ if !request.path.ends_with("/token") => None,
            0 => wait("authorization_pending"),
            1 => wait("slow_down"),
            _ => None,
        }
    })
    .await;
    let (connected, steps) = run(&world, &plan(&world, Method::DeviceCode)).await;
    let connected = connected.unwrap();
    assert_eq!(connected.account, "anna@contoso.com");
    assert!(connected.secrets.refresh_token.is_some());
    assert_eq!(
        world
            .paths()
            .iter()
            .filter(|path| path.ends_with("/token"))
            .count(),
        3
    );
    let polls = steps.iter().filter(|step| step.what.ends_with("/token")).count();
    assert_eq!(polls, 1, "only the poll that decided is evidence");
}

#[tokio::test]
async fn a_device_code_ends() {
    for (word, class) in [
        ("expired_token", Class::TimedOut),
        ("authorization_declined", Class::RefusedAuthentication),
    ] {
        let world = World::start(move |request| {
            request
                .path
                .ends_with("/token")
                .then(|| Reply::json(400, &json!({"error": word})))
        })
        .await;
        let (ended, _) = run(&world, &plan(&world, Method::DeviceCode)).await;
        assert_eq!(ended.err().unwrap().class(), class, "{word}");
    }
}

#[tokio::test]
async fn the_browser_comes_back_with_proof() {
    let world = World::start(|request| {
        let code = world::field(&request.body, "code")?;
        let (nonce, challenge) = code.split_once('.').unwrap();
        assert_eq!(
            crypt::digest(&world::field(&request.body, "code_verifier").unwrap()),
            challenge
        );
        Some(Reply::json(200, &world::tokens(Some(&id_token(Some(nonce))))))
    })
    .await;
    let (connected, steps) = run(&world, &plan(&world, Method::Browser(Redirect::default()))).await;
    assert_eq!(connected.unwrap().account, "anna@contoso.com");
    assert!(steps.iter().any(|step| step.what == "sign in with the browser"));
}

#[tokio::test]
async fn an_id_token_for_another_request_is_refused() {
    let world = World::start(|request| {
        world::field(&request.body, "code")?;
        Some(Reply::json(200, &world::tokens(Some(&id_token(Some("another"))))))
    })
    .await;
    let (ended, _) = run(&world, &plan(&world, Method::Browser(Redirect::default()))).await;
    assert!(matches!(ended, Err(ClientError::ForeignAnswer(why)) if why.contains("nonce")));
}

fn password() -> Method {
    Method::Password("anna@contoso.com".parse().unwrap(), Secret::new("canary-pw"))
}

#[tokio::test]
async fn a_name_is_looked_up_and_the_person_asked_once() {
    let world = World::start(|_| None).await;
    let discovery = world.url("globaldisco.crm.dynamics.com", "");
    let lookup = |wanted: &str| Plan {
        target: Target::Lookup {
            wanted: wanted.to_owned(),
            discovery: discovery.clone(),
        },
        ..plan(&world, password())
    };
    let (connected, _) = run(&world, &lookup("sandbox")).await;
    let connected = connected.unwrap();
    assert_eq!(connected.organization.unique_name.as_deref(), Some("unq2"));
    assert_eq!(
        connected.secrets.tokens.len(),
        2,
        "one for discovery, one for the organization"
    );
    assert_eq!(
        connected.authority.tenant, TENANT,
        "organizations became the tenant that signed in"
    );
    let grants: Vec<String> = world
        .heard()
        .iter()
        .filter_map(|r| world::field(&r.body, "grant_type"))
        .collect();
    assert_eq!(grants, ["password", "refresh_token"]);

    let (ended, _) = run(&world, &lookup("contoso")).await;
    assert!(ended.is_ok(), "a whole name beats a part of another");
    let (ended, _) = run(&world, &lookup("unq")).await;
    let error = ended.err().unwrap();
    assert_eq!(error.class(), Class::NotFound);
    assert!(error.hint().contains("Contoso Sandbox (unq2"), "{}", error.hint());
}

#[tokio::test]
async fn a_federated_password_is_not_sent() {
    let world = World::start(|request| {
        request.path.starts_with("/common/userrealm/").then(|| {
            Reply::json(
                200,
                &json!({"ver": "1.0", "account_type": "Federated", "domain_name": "contoso.com"}),
            )
        })
    })
    .await;
    let (ended, _) = run(&world, &plan(&world, password())).await;
    assert_eq!(ended.err().unwrap().class(), Class::Usage);
    assert!(
        world
            .heard()
            .iter()
            .all(|request| !request.body.contains("canary"))
    );
}

#[tokio::test]
async fn what_is_no_organization_is_told() {
    for (status, header, class, part) in [
        (404, None, Class::NotFound, "keyway url"),
        (
            302,
            Some(("location", "https://sts.contoso.com/adfs/ls/?wa=1")),
            Class::NotFound,
            "OAuth",
        ),
        (
            401,
            Some(("www-authenticate", "Negotiate")),
            Class::NotFound,
            "Windows authentication",
        ),
        (401, None, Class::NotFound, "--tenant"),
    ] {
        let world = World::start(move |request| {
            let mut reply = Reply::json(status, &json!({}));
            reply
                .headers
                .extend(header.map(|(name, value)| (name.to_owned(), value.to_owned())));
            request.path.ends_with("/WhoAmI").then_some(reply)
        })
        .await;
        let (ended, _) = run(&world, &plan(&world, secret())).await;
        let error = ended.err().unwrap();
        assert_eq!(error.class(), class, "{error}");
        assert!(error.hint().contains(part), "{error}: {}", error.hint());
        assert_eq!(world.heard().len(), 1, "no secret is sent");
    }
}

#[tokio::test]
async fn what_the_organization_refuses_is_told_innermost() {
    let world = World::start(|request| {
        (request.bearer.is_some() && request.path.ends_with("/WhoAmI")).then(|| {
            let mut reply = Reply::json(403, &json!({"error": {
                "code": "0x80072560", "message": "outer",
                "@Microsoft.PowerApps.CDS.InnerError.Message": "The user is not a member of the organization.",
            }}));
            reply.headers.push(("x-ms-service-request-id".into(), "r-1".into()));
            reply
        })
    })
    .await;
    let (ended, _) = run(&world, &plan(&world, secret())).await;
    let error = ended.err().unwrap();
    assert_eq!(error.class(), Class::RefusedAuthorization);
    let said = error.said().unwrap();
    assert_eq!(
        (said.code.as_str(), said.request_id.as_deref()),
        ("0x80072560", Some("r-1"))
    );
    assert_eq!(
        said.correlation_id.unwrap().len(),
        36,
        "the id that the server's logs carry"
    );
    assert_eq!(said.time.as_deref(), Some("2024-05-01T10:20:30Z"));
    assert_eq!(said.sentence, "The user is not a member of the organization.");
    assert!(error.hint().contains("application user"), "{}", error.hint());
}

#[tokio::test]
async fn throttling_is_waited_out_but_not_for_ever() {
    for (wait, calls, patient) in [("7", 2, true), ("3600", 1, false)] {
        let world = World::start(move |request| {
            let before = request
                .earlier
                .iter()
                .filter(|path| path.contains("/WhoAmI"))
                .count();
            (request.bearer.is_some() && before == 1).then(|| {
                let mut reply = Reply::json(429, &json!({}));
                reply.headers.push(("retry-after".into(), wait.into()));
                reply
            })
        })
        .await;
        let (ended, _) = run(&world, &plan(&world, secret())).await;
        assert_eq!(ended.is_ok(), patient);
        if let Err(error) = ended {
            assert_eq!(error.class(), Class::TimedOut);
            assert!(error.to_string().contains("3600 s"), "{error}");
        }
        let heard = world.heard();
        let with_token = heard
            .iter()
            .filter(|r| r.bearer.is_some() && r.path.ends_with("/WhoAmI"))
            .count();
        assert_eq!(with_token, calls);
    }
}

#[tokio::test]
async fn the_tenants_id_as_client_id_is_seen_before_the_secret_is_sent() {
    testkit::rows!("004-12");
    let world = World::start(|_| None).await;
    let plan = Plan {
        client_id: TENANT.to_owned(),
        ..plan(&world, secret())
    };
    let (ended, _) = run(&world, &plan).await;
    let error = ended.err().unwrap();
    assert_eq!(error.class(), Class::Usage);
    assert!(error.hint().contains("Directory (tenant) ID"), "{}", error.hint());
    assert_eq!(world.heard().len(), 1);
}

#[test]
fn an_organization_that_is_not_found_may_live_elsewhere() {
    let refused = |target: &str| {
        let answer = "HTTP/1.1 502 Bad Gateway".to_owned();
        ClientError::from(net::NetError::ProxyRefused {
            proxy: "http://p:1".into(),
            target: target.into(),
            answer,
        })
    };
    assert!(
        refused("contoso.crm5.dynamics.com:443")
            .hint()
            .contains("`--environment contoso`")
    );
    assert!(!refused("crm.contoso.com:443").hint().contains("--environment"));
}
