//! The pages in the running stand-in, behind its real router, as a browser or a script meets them.

#![cfg(test)]

use std::{path::PathBuf, sync::Arc};

use evidence::Steps;
use net::{Net, Request, Response, Settings};
use portal::SITES;
use standin::{Config, Location, Running, Source, edge::Limits};
use types::{Chance, SystemChance, SystemClock};

struct App {
    running: Option<Running>,
    directory: PathBuf,
    net: Net,
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl App {
    async fn start() -> Self {
        let directory = std::env::temp_dir().join(format!("keyway-portal-test-{}", SystemChance.uuid()));
        let config = Config {
            world: Source::Demo,
            location: Location::Memory,
            listen: "127.0.0.1:0".parse().unwrap(),
            proxy: "127.0.0.1:0".parse().unwrap(),
            allow_public: false,
            control_token: None,
            seal_key: None,
            state_directory: directory.clone(),
            ready_file: None,
            limits: Limits::default(),
            pages: Some(portal::pages()),
        };
        let running = standin::start(config, Arc::new(SystemClock), Arc::new(SystemChance))
            .await
            .unwrap();
        let settings = Settings {
            extra_ca: vec![running.ready.ca.clone()],
            ..Settings::default()
        };
        Self {
            running: Some(running),
            directory,
            net: Net::new(settings, Arc::new(SystemClock)),
        }
    }

    async fn send(&self, change: impl FnOnce(String) -> Request) -> Response {
        let port = self.running.as_ref().unwrap().ready.port();
        let request = change(format!("https://localhost:{port}"));
        self.net.send(&request, &mut Steps::default()).await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.send(|base| Request::get(base + path)).await
    }

    async fn stop(mut self) {
        self.running.take().unwrap().stop().await;
    }
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.to_vec()).unwrap()
}

#[tokio::test]
async fn pages_are_guarded_small_and_ask_nobody_else() {
    let app = App::start().await;
    let landing = text(&app.get("/").await);
    assert!(landing.contains("href=\"/explain\""), "{landing}");
    let mut asked = 0;
    let own = SITES.iter().find(|site| site.host == Some("localhost")).unwrap();
    for page in own.pages {
        let path = page.path.replace("{cause}", "account-locked");
        let got = app.get(&path).await;
        assert_eq!(got.status, 200, "{path}");
        let policy = got.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(got.header("x-keyway"), Some("stand-in"));
        assert!(got.body.len() < 40_000, "{path}: {} bytes", got.body.len());
        for foreign in [
            "src=\"http",
            "src=\"//",
            "rel=\"stylesheet\" href=\"http",
            "@import",
            "url(",
        ] {
            assert!(!text(&got).contains(foreign), "{path}: {foreign}");
        }
        asked += 1;
    }
    assert_eq!(asked, own.pages.len());
    assert_eq!(app.get("/causes/nobody-knows").await.status, 404);
    assert_eq!(app.get("/nowhere").await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn a_long_text_is_explained_and_leaves_no_trace() {
    let app = App::start().await;
    // Longer than a body may be anywhere else.
    let filler = "nothing+of+interest+happened+here%0A".repeat(20_000);
    let form = format!("text={filler}canary+AADSTS50053%3A+no");
    assert!(form.len() > Limits::default().body);
    let got = app
        .send(|base| Request::post_form(base + "/explain", form.clone()))
        .await;
    assert_eq!(got.status, 200, "{}", text(&got));
    assert!(
        text(&got).contains("href=\"/causes/account-locked\""),
        "{}",
        text(&got)
    );
    let elsewhere = app.send(|base| Request::post_form(base + "/causes", form)).await;
    assert_eq!(elsewhere.status, 413);
    let journal = text(&app.get("/_keyway/v1/journal").await);
    assert!(
        journal.contains("a text was explained") && !journal.contains("canary"),
        "{journal}"
    );
    app.stop().await;
}

#[tokio::test]
async fn causes_are_found_by_number_and_phrase() {
    let app = App::start().await;
    for search in ["50053", "AADSTS50053", "account+is+locked"] {
        let page = text(&app.get(&format!("/causes?q={search}")).await);
        assert!(
            page.contains("href=\"/causes/account-locked\""),
            "{search}: {page}"
        );
    }
    let page = text(&app.get("/causes?q=%3Cscript%3E%E2%80%AE").await);
    assert!(!page.contains("<script>") && !page.contains('\u{202e}'), "{page}");
    let page = text(&app.get("/causes/account-locked").await);
    for part in ["Symptoms", "Resolution", "<ol>", "50053"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    app.stop().await;
}
