//! Delivery to an SMTP server of the test's own, which answers by a script.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
};

use crate::tests::World;

const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// What the server does with the next message.
#[derive(Clone, Copy)]
enum Answer {
    Take,
    Say(&'static str),
    /// Reads the message whole and hangs up.
    HangUp,
    /// Reads the message whole and says nothing any more.
    Nothing,
}

/// An SMTP server that takes messages by a script; when the script is over, all of them.
struct Server {
    port: u16,
    /// Each message that came in whole, taken or not.
    heard: Mutex<mpsc::UnboundedReceiver<String>>,
}

impl Server {
    async fn start(script: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = mpsc::unbounded_channel();
        let script = Arc::new(Mutex::new(script.iter().rev().copied().collect::<Vec<_>>()));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), tell.clone()));
            }
        });
        Self {
            port,
            heard: Mutex::new(heard),
        }
    }

    async fn message(&self) -> String {
        let message = tokio::time::timeout(Duration::from_secs(20), async {
            self.heard.lock().await.recv().await
        });
        message.await.expect("a message in time").unwrap()
    }
}

/// As much of RFC 5321 as a client that only sends needs.
async fn serve(stream: TcpStream, script: Arc<Mutex<Vec<Answer>>>, tell: mpsc::UnboundedSender<String>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut message = String::new();
                while !message.ends_with("\r\n.\r\n") {
                    assert!(stream.read_line(&mut message).await.unwrap() > 0);
                }
                let answer = script.lock().await.pop().unwrap_or(Answer::Take);
                tell.send(message).unwrap();
                match answer {
                    Answer::Take => "250 taken",
                    Answer::Say(reply) => reply,
                    Answer::HangUp => return,
                    Answer::Nothing => {
                        line.clear();
                        continue;
                    }
                }
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        if stream.write_all(format!("{reply}\r\n").as_bytes()).await.is_err() {
            return;
        }
        line.clear();
    }
}

async fn world(port: u16) -> World {
    let mut smtp: crate::Smtp = format!("smtp://127.0.0.1:{port}").parse().unwrap();
    smtp.patience = Duration::from_secs(2);
    World::with(|config| config.smtp = Some(smtp)).await
}

async fn sign_up(world: &World) -> String {
    let new = json!({ "address": "ulla@example.org", "name": "Ulla", "password": "Bright-Otter7" });
    let made = world
        .control("POST", "/microsoft-accounts", &new.to_string())
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let mails = world
        .control("GET", &format!("/tenants/{CONSUMERS}/mails"), "")
        .await;
    mails.json()["mails"][0]["id"].as_str().unwrap().to_owned()
}

/// How the mail's delivery stands, once that is `state`.
async fn delivered(world: &World, id: &str, state: &str) -> Value {
    let asked = async {
        loop {
            let mail = world
                .control("GET", &format!("/tenants/{CONSUMERS}/mails/{id}"), "")
                .await;
            let delivery = mail.json()["delivery"].clone();
            if delivery["state"] == state && (state != "waiting" || delivery["tries"] != 0) {
                return delivery;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asked)
        .await
        .expect("in time")
}

#[tokio::test]
async fn a_mail_goes_out_once_with_both_parts() {
    let server = Server::start(&[]).await;
    let world = world(server.port).await;
    let id = sign_up(&world).await;
    let message = server.message().await;
    for part in [
        "To: ulla@example.org",
        "Subject: Verify your email address",
        "Auto-Submitted: auto-generated",
        "multipart/alternative",
        "text/plain",
        "text/html",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(
        message.contains(&format!("Message-ID: <{id}@keyway.localhost>")),
        "{message}"
    );
    assert_eq!(delivered(&world, &id, "sent").await["tries"], 1);
    // Time passes, and nothing more comes.
    world.clock.advance(Duration::from_secs(86_400));
    sign_up_another(&world).await;
    assert!(server.message().await.contains("To: vera@example.org"));
}

async fn sign_up_another(world: &World) {
    let new = json!({ "address": "vera@example.org", "name": "Vera", "password": "Bright-Otter7" });
    world
        .control("POST", "/microsoft-accounts", &new.to_string())
        .await;
}

#[tokio::test]
async fn what_the_server_does_not_take_now_is_tried_again_later() {
    let server = Server::start(&[Answer::Say("451 try again later")]).await;
    let world = world(server.port).await;
    let id = sign_up(&world).await;
    server.message().await;
    let waiting = delivered(&world, &id, "waiting").await;
    assert!(
        waiting["failed"].as_str().unwrap().contains("try again later"),
        "{waiting}"
    );
    world.clock.advance(Duration::from_secs(11));
    server.message().await;
    assert_eq!(delivered(&world, &id, "sent").await["tries"], 2);
}

#[tokio::test]
async fn what_is_refused_for_good_or_may_have_arrived_is_given_up() {
    for (answer, why) in [
        (Answer::Say("550 no such mailbox"), "no such mailbox"),
        (Answer::HangUp, "it may have arrived"),
        (Answer::Nothing, "it may have arrived"),
    ] {
        let server = Server::start(&[answer]).await;
        let world = world(server.port).await;
        let id = sign_up(&world).await;
        server.message().await;
        let failed = delivered(&world, &id, "failed").await;
        assert!(failed["failed"].as_str().unwrap().contains(why), "{failed}");
        world.stop().await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_until_patience_ends() {
    // Bound and dropped: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let world = world(port).await;
    let id = sign_up(&world).await;
    let waiting = delivered(&world, &id, "waiting").await;
    assert!(
        waiting["failed"].as_str().unwrap().contains("cannot be reached"),
        "{waiting}"
    );
    let failed = async {
        loop {
            world.clock.advance(Duration::from_secs(7_200));
            let mail = world
                .control("GET", &format!("/tenants/{CONSUMERS}/mails/{id}"), "")
                .await;
            let delivery = mail.json()["delivery"].clone();
            if delivery["state"] == "failed" {
                return delivery;
            }
        }
    };
    let failed = tokio::time::timeout(Duration::from_secs(20), failed)
        .await
        .expect("in time");
    assert_eq!(failed["tries"], 6);
}
