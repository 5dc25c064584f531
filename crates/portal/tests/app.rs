//! The pages in the running stand-in, behind its real router, as a browser or a script meets them.

#![cfg(test)]

mod sites;
mod support;

use net::Request;
use portal::SITES;
use standin::edge::Limits;
use support::{App, PASSWORD, text};

#[tokio::test]
async fn pages_are_guarded_small_and_ask_nobody_else() {
    let app = App::start().await;
    let landing = text(&app.get("/").await);
    assert!(landing.contains("href=\"/explain\""), "{landing}");
    let mut asked = 0;
    let own = SITES.iter().find(|site| site.host == Some("localhost")).unwrap();
    for page in own.pages {
        let path = page
            .path
            .replace("{cause}", "account-locked")
            .replace("/outbox/{tenant}/{mail}", "/outbox")
            .replace("{tenant}", "contoso.onmicrosoft.com");
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
async fn files_are_there_for_everybody_and_say_nothing_about_anybody() {
    let app = App::start().await;
    let sites = SITES.iter().filter_map(|site| site.host);
    for host in sites.chain(["contoso.crm4.dynamics.com", "nobody-here.crm4.dynamics.com"]) {
        for file in ["/portal.css", "/portal.js"] {
            let got = app.send(Request::get(app.url(host, file))).await;
            assert_eq!(got.status, 200, "{host}{file}");
            assert_eq!(got.header("cache-control"), Some("max-age=3600"));
            assert!(got.header("set-cookie").is_none(), "{host}{file}");
        }
    }
    let sent = Request::post_form(app.url("portal.office.com", "/portal.css"), String::new());
    let got = app.send(sent).await;
    assert_eq!(
        (got.status.as_u16(), got.header("allow")),
        (405, Some("GET, HEAD"))
    );
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
        .send(Request::post_form(app.url("localhost", "/explain"), form.clone()))
        .await;
    assert_eq!(got.status, 200, "{}", text(&got));
    assert!(
        text(&got).contains("href=\"/causes/account-locked\""),
        "{}",
        text(&got)
    );
    let elsewhere = app
        .send(Request::post_form(app.url("localhost", "/causes"), form))
        .await;
    assert_eq!(elsewhere.status, 413);
    let journal = text(&app.get("/_keyway/v1/journal").await);
    assert!(
        journal.contains("a text was explained") && !journal.contains("canary"),
        "{journal}"
    );
    app.stop().await;
}

#[tokio::test]
async fn an_answer_shows_where_it_broke() {
    let app = App::start().await;
    let explain = |text: &'static str| {
        app.send(Request::post_form(
            app.url("localhost", "/explain"),
            format!("text={text}"),
        ))
    };
    let got = explain("AADSTS50053%3A+The+account+is+locked").await;
    let page = text(&got);
    assert!(page.len() < 60_000, "{} bytes", page.len());
    assert!(
        got.header("content-security-policy")
            .unwrap()
            .starts_with("default-src 'none'")
    );
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let tree = roxmltree::Document::parse_with_options(&page, options).unwrap();
    let is_svg = |node: &roxmltree::Node<'_, '_>| node.tag_name().name() == "svg";
    let picture = tree.descendants().find(is_svg).unwrap();
    let within = |name: &str| {
        let found = picture.descendants().find(|node| node.tag_name().name() == name);
        found.and_then(|node| node.text()).unwrap_or_default().to_owned()
    };
    // For who hears it: a name, and all of it in words.
    assert_eq!(picture.attribute("role"), Some("img"));
    assert_eq!(within("title"), "Where it broke: Sign-in");
    assert!(within("desc").contains("Sign-in: broken, Organization: not reached"));
    // Nothing that asks anybody, and nothing that the policy forbids.
    for node in picture.descendants() {
        assert!(
            !["image", "use", "a", "style", "script"].contains(&node.tag_name().name()),
            "{node:?}"
        );
        assert!(
            !node
                .attributes()
                .any(|one| ["style", "href"].contains(&one.name())),
            "{node:?}"
        );
    }
    // No wider than its room, and in the page's colors, light or dark.
    let style = text(&app.get("/portal.css").await);
    let rule = |of: &str| {
        let (_, from) = style
            .split_once(&format!("\n{of}{{"))
            .unwrap_or_else(|| panic!("{of}"));
        from.split_once('}').unwrap().0.to_owned()
    };
    assert!(rule(".way").contains("width:100%;max-width:20rem"));
    assert!(picture.attribute("viewBox").unwrap().starts_with("0 0 320 "));
    for painted in ["text", "line", "circle", ".broken circle", ".broken .mark"] {
        assert!(rule(&format!(".way {painted}")).contains("var(--"), "{painted}");
    }
    let unknown = text(&explain("nothing+of+interest").await);
    assert!(!unknown.contains("<svg"), "{unknown}");
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

#[tokio::test]
async fn causes_are_filtered_by_the_version_that_they_were_described_for() {
    testkit::rows!("003-01");
    let app = App::start().await;
    let listed = async |query: &str| {
        let page = text(&app.get(&format!("/causes?{query}")).await);
        let links = page.split("<li><a href=\"/causes/").skip(1);
        links
            .map(|link| link.split('"').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let both = listed("version=8.x").await;
    assert!(both.contains(&"user-no-security-role".to_owned()), "{both:?}");
    assert!(both.len() < listed("").await.len(), "{both:?}");
    let older = listed("version=8.2").await;
    assert!(
        !older.is_empty() && !older.iter().any(|id| both.contains(id)),
        "{older:?}"
    );
    // Both the version and the words have to fit.
    assert_eq!(listed("version=8.2&q=user-no-security-role").await, [""; 0]);
    assert_eq!(listed("version=%3Cscript%3E").await, [""; 0]);
    let page = text(&app.get("/causes?version=%3Cscript%3E").await);
    assert!(
        page.contains("No cause fits.") && !page.contains("<script>"),
        "{page}"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_visitor_signs_in_once_and_out_everywhere() {
    let app = App::start().await;
    let mut anna = app.browser();
    anna.visit("portal.office.com", "/?from=mail").await;
    assert!(anna.at.contains("login.microsoftonline.com"), "{}", anna.at);
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    assert!(anna.at.ends_with("/?from=mail"), "{}: {}", anna.at, anna.page);
    assert!(anna.page.contains("Anna Able"), "{}", anna.page);
    let names: Vec<_> = anna.cookies.values().flat_map(|cookies| cookies.keys()).collect();
    assert!(names.iter().any(|name| *name == "__Host-visit"), "{names:?}");
    // A form that another site sends carries no token of hers.
    assert_eq!(anna.post("/signout", "token=guess").await.status, 400);
    anna.press("Sign out", &[]).await;
    anna.visit("portal.office.com", "/").await;
    assert!(anna.at.contains("login.microsoftonline.com"), "{}", anna.at);
    app.stop().await;
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookie_of_the_site_is_sent_round_and_round() {
    let app = App::start().await;
    let mut anna = app.browser();
    anna.visit("portal.office.com", "/").await;
    anna.cookies
        .retain(|host, _| !host.starts_with("portal.office.com"));
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    // Once round: back at the site without its cookie, then to the sign-in service, which knows her, and back.
    let returns = anna
        .hops
        .iter()
        .filter(|hop| hop.contains("/signin-oidc"))
        .count();
    assert!(returns >= 2, "{:?}", anna.hops);
    app.stop().await;
}
