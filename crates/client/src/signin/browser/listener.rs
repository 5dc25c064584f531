//! The listener on loopback that the browser comes back to.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};
use types::Secret;
use wire::oauth::OAuthError;

/// Longest request that is read, in bytes: a code is one to two thousand.
const LIMIT: usize = 64 * 1024;
/// How long one caller may take to say what it wants; browsers open connections they never use.
const CALLER: Duration = Duration::from_secs(10);

/// What came back.
pub(super) enum Outcome {
    /// The code.
    Code(Secret),
    /// What the sign-in service said instead.
    Refused(Box<OAuthError>),
}

/// Listens on loopback until it is dropped.
pub(super) struct Listener {
    port: u16,
    outcomes: mpsc::Receiver<Outcome>,
    _tasks: JoinSet<()>,
}

struct Expected {
    path: String,
    state: Secret,
}

impl Listener {
    /// Listens at `port`, or at one that is free, for `state` at `path`.
    pub(super) async fn bind(port: Option<u16>, path: &str, state: Secret) -> io::Result<Self> {
        let four = TcpListener::bind(("127.0.0.1", port.unwrap_or(0))).await?;
        let port = four.local_addr()?.port();
        // `localhost` may mean either; where there is no IPv6, one is enough.
        let six = TcpListener::bind(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)))
            .await
            .ok();
        let path = if path.is_empty() {
            "/".to_owned()
        } else {
            path.to_owned()
        };
        let expected = Arc::new(Expected { path, state });
        let (sender, outcomes) = mpsc::channel(1);
        let mut tasks = JoinSet::new();
        for listener in [Some(four), six].into_iter().flatten() {
            tasks.spawn(accept(listener, expected.clone(), sender.clone()));
        }
        Ok(Self {
            port,
            outcomes,
            _tasks: tasks,
        })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The first answer that belongs to this sign-in.
    pub(super) async fn wait(mut self) -> Outcome {
        match self.outcomes.recv().await {
            Some(outcome) => outcome,
            // The senders live as long as the tasks, and those as long as this; without one, nothing comes.
            None => std::future::pending().await,
        }
    }
}

async fn accept(listener: TcpListener, expected: Arc<Expected>, sender: mpsc::Sender<Outcome>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (expected, sender) = (expected.clone(), sender.clone());
        // Not in the JoinSet: the page is still written when the listener has got what it waited for.
        tokio::spawn(async move { timeout(CALLER, serve(stream, &expected, &sender)).await });
    }
}

async fn serve(mut stream: TcpStream, expected: &Expected, sender: &mpsc::Sender<Outcome>) {
    let Some((target, form)) = read(&mut stream).await else {
        return;
    };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let answer = judge(expected, path, if form.is_empty() { query } else { &form });
    let (status, page) = match &answer {
        Ok(Outcome::Code(_)) => (
            "200 OK",
            page("Signed in", "Close this window; Keyway goes on in the terminal."),
        ),
        Ok(Outcome::Refused(said)) => {
            let said = said.error_description.as_deref().unwrap_or(&said.error);
            ("200 OK", page("Not signed in", said))
        }
        Err((status, text)) => (*status, page("Nothing to do", text)),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n",
        page.len()
    );
    // Whether the person sees the page decides nothing.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(page.as_bytes()).await;
    let _ = stream.shutdown().await;
    if let Ok(outcome) = answer {
        // A second answer to the same sign-in is no longer waited for.
        let _ = sender.send(outcome).await;
    }
}

/// The request's target and its form, if it posts one.
async fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if bytes.len() > LIMIT || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?, first.next()?);
    if method != "POST" {
        return Some((target.to_owned(), String::new()));
    }
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.filter(|length| *length <= LIMIT)?;
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some((
        target.to_owned(),
        String::from_utf8(bytes[end..end + length].to_vec()).ok()?,
    ))
}

fn judge(expected: &Expected, path: &str, parameters: &str) -> Result<Outcome, (&'static str, &'static str)> {
    if path != expected.path {
        return Err((
            "404 Not Found",
            "This address serves one sign-in and nothing else.",
        ));
    }
    let get = |name: &str| {
        let found = form_urlencoded::parse(parameters.as_bytes()).find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.into_owned())
            .filter(|value| !value.is_empty())
    };
    if !get("state").is_some_and(|state| crypt::same(&state, expected.state.expose())) {
        return Err((
            "400 Bad Request",
            "This is not the answer to the sign-in that was started.",
        ));
    }
    match (get("error"), get("code")) {
        (Some(error), _) => Ok(Outcome::Refused(Box::new(OAuthError {
            error: error.into(),
            error_description: get("error_description"),
            error_uri: get("error_uri"),
            ..OAuthError::default()
        }))),
        (None, Some(code)) => Ok(Outcome::Code(Secret::new(code))),
        (None, None) => Err((
            "400 Bad Request",
            "The answer carries neither a code nor an error.",
        )),
    }
}

fn page(title: &str, text: &str) -> String {
    let text = wire::markup::escape(text);
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1><p>{text}</p></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn say(port: u16, text: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn only_the_sign_in_that_was_started_counts() {
        let listener = Listener::bind(None, "/back", Secret::new("s1")).await.unwrap();
        let port = listener.port();
        // A connection that says nothing holds nobody up.
        let _silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        assert!(
            say(port, "GET /favicon.ico HTTP/1.1\r\n\r\n")
                .await
                .starts_with("HTTP/1.1 404")
        );
        assert!(
            say(port, "GET /back?code=evil&state=s2 HTTP/1.1\r\n\r\n")
                .await
                .starts_with("HTTP/1.1 400")
        );
        assert!(
            say(port, "GET /back?state=s1 HTTP/1.1\r\n\r\n")
                .await
                .starts_with("HTTP/1.1 400")
        );
        assert!(
            say(port, "GET /back?code=c%2B1&state=s1 HTTP/1.1\r\n\r\n")
                .await
                .contains("Signed in")
        );
        let Outcome::Code(code) = listener.wait().await else {
            panic!("refused")
        };
        assert_eq!(code.expose(), "c+1");
    }

    #[tokio::test]
    async fn a_posted_refusal_is_read_and_shown_harmlessly() {
        let listener = Listener::bind(None, "", Secret::new("s")).await.unwrap();
        let form = "error=access_denied&error_description=%3Cb%3Eno&state=s";
        let post = format!("POST / HTTP/1.1\r\ncontent-length: {}\r\n\r\n{form}", form.len());
        let answer = say(listener.port(), &post).await;
        assert!(
            answer.contains("&lt;b&gt;no") && !answer.contains("<b>"),
            "{answer}"
        );
        let Outcome::Refused(said) = listener.wait().await else {
            panic!("granted")
        };
        assert_eq!(
            (said.error.as_ref(), said.error_description.as_deref()),
            ("access_denied", Some("<b>no"))
        );
    }
}
