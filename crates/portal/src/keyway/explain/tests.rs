//! The page at the service's own door: what it answers to samples, to hostile texts, and to too many.

use std::{fs, path::Path, time::Duration};

use bytes::Bytes;
use diagnose::report::{self, Report};
use http::{HeaderMap, HeaderValue};
use types::{Form, ManualClock, Timestamp, Uuid};
use wire::Answer;

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn desk() -> (Desk, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(NOW));
    (Desk::new(clock.clone()), clock)
}

async fn send(desk: &Desk, call: &Call) -> (Answer, Decision) {
    let frame = Frame {
        site: "Keyway",
        nav: Vec::new(),
        apps: Vec::new(),
        who: None,
        token: String::new(),
        notice: None,
        wrong: None,
        keyway: String::new(),
    };
    desk.answer(call, frame).await.unwrap()
}

fn call(method: Method, kind: &'static str, body: impl Into<Bytes>) -> Call {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    Call {
        method,
        host: "localhost".parse().unwrap(),
        form: Form::Localhost { port: 8443 },
        path: "/explain".to_owned(),
        query: String::new(),
        headers,
        body: body.into(),
        peer: "127.0.0.1".parse().unwrap(),
        request: Uuid::nil(),
    }
}

async fn paste(desk: &Desk, text: impl Into<Bytes>) -> (Answer, Decision) {
    send(desk, &call(Method::POST, "text/plain", text)).await
}

/// The page, which must be whole whatever was pasted: every element closed, nothing of another's making in it.
fn whole(answer: &Answer) -> String {
    let page = String::from_utf8(answer.body.to_vec()).unwrap();
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let tree =
        roxmltree::Document::parse_with_options(&page, options).unwrap_or_else(|why| panic!("{why}: {page}"));
    let ours = [
        "html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "strong", "main",
        "section", "p", "h1", "h2", "code", "bdi", "ol", "ul", "li", "details", "summary", "pre", "form",
        "label", "textarea", "input", "button", "footer", "span", "svg", "desc", "rect", "g", "line",
        "circle", "text",
    ];
    for node in tree.descendants().filter(roxmltree::Node::is_element) {
        assert!(ours.contains(&node.tag_name().name()), "{node:?}");
        assert!(
            !node
                .attributes()
                .any(|found| found.name().starts_with("on") || found.name() == "style")
        );
    }
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.len() < 60_000, "{} bytes", page.len());
    page
}

#[tokio::test]
async fn every_sample_gets_the_answer_of_the_command() {
    let (desk, _) = desk();
    let explainer = Explainer::new(Catalog::embedded());
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/keyway/explain/samples");
    let mut count = 0;
    for entry in fs::read_dir(samples).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read(&path).unwrap();
        let diagnosis = explainer.explain(&text[..], NOW).unwrap();
        let (answer, _) = paste(&desk, text).await;
        assert_eq!(answer.status, StatusCode::OK);
        let page = whole(&answer);
        let report = Report {
            subject: "text",
            diagnosis: &diagnosis,
        };
        let tree = page_tree(&page, "pre");
        assert_eq!(tree, report::text(report), "{}", path.display());
        let verdict = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(report.verdict(), verdict, "{}", path.display());
        assert!(page.contains(&format!("class=\"verdict {verdict}\"")));
        count += 1;
    }
    assert_eq!(count, 3, "a sample for each verdict that a text can have");
}

/// A doctor's bundle of a user without a role, with so many blanks among its settings.
fn bundle(blanks: usize) -> (Vec<u8>, String) {
    let explainer = Explainer::new(Catalog::embedded());
    let mut findings = evidence::Findings::default();
    let refused = evidence::Seen::Failed("403 0x80042f09".to_owned());
    findings.step("read the organization's answer", refused, Duration::ZERO);
    findings.see(evidence::Kind::Code, "0x80042f09");
    let diagnosis = explainer.examined(&findings, NOW);
    let report = Report {
        subject: "text",
        diagnosis: &diagnosis,
    };
    let told = report::text(report);
    let kept = Bundle {
        subject: "contoso".to_owned(),
        at: NOW,
        findings,
    };
    let mut file = Cursor::new(Vec::new());
    kept.write(&mut file, "0", " ".repeat(blanks).into(), &diagnosis)
        .unwrap();
    (file.into_inner(), told)
}

#[tokio::test]
async fn a_doctors_bundle_gets_the_answer_of_the_command_and_a_bomb_is_refused() {
    let (desk, _) = desk();
    let (file, told) = bundle(0);
    let (answer, _) = paste(&desk, file.clone()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let page = whole(&answer);
    assert!(page.contains("/causes/user-no-security-role"), "{page}");
    assert_eq!(page_tree(&page, "pre"), told);
    let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"out.zip\"\r\n\r\n";
    let form = [head.as_bytes(), &file, b"\r\n--x--\r\n"].concat();
    let dropped = call(Method::POST, "multipart/form-data; boundary=x", form);
    assert_eq!(send(&desk, &dropped).await.0.body, answer.body);
    for refused in [file[..file.len() / 2].to_vec(), bundle(2 * MOST_TEXT).0] {
        assert!(refused.len() < MOST_TEXT / 10);
        let (answer, _) = paste(&desk, refused).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(whole(&answer).contains("no evidence"));
    }
}

/// The text of the first element of that name.
fn page_tree(page: &str, name: &str) -> String {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let tree = roxmltree::Document::parse_with_options(page, options).unwrap();
    let found = tree.descendants().find(|node| node.has_tag_name(name)).unwrap();
    found.text().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn nothing_that_is_pasted_becomes_markup_or_acts() {
    let (desk, _) = desk();
    for hostile in [
        "AADSTS50126: <script>alert(1)</script> <img src=x onerror=alert(1)>",
        "AADSTS50126 </bdi></p></main><form action=\"https://evil.test\"><input name=password>",
        "\u{1b}]8;;https://evil.test\u{7}AADSTS50126\u{1b}[2J \u{1b}[31mred",
        "AADSTS50126 \u{202e}txet desrever\u{202c} \u{2066}isolated \u{200f}",
        "AADSTS50126 {{ 7*7 }} {% include \"base.html\" %} &lt;b&gt; ]]> <!-- -->",
        "Username=\"><svg/onload=alert(1)>;AADSTS50126",
    ] {
        let (answer, _) = paste(&desk, hostile).await;
        assert_eq!(answer.status, StatusCode::OK, "{hostile}");
        let page = whole(&answer);
        assert!(page.contains("AADSTS50126"), "{page}");
        for acting in ['\u{1b}', '\u{7}', '\u{202e}', '\u{202c}', '\u{2066}', '\u{200f}'] {
            assert!(!page.contains(acting), "{acting:?} of {hostile}");
        }
    }
}

#[tokio::test]
async fn what_is_huge_or_no_text_is_refused_and_what_is_long_is_bounded() {
    let (desk, _) = desk();
    let (answer, decision) = paste(&desk, vec![b'x'; MOST_TEXT + 1]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    whole(&answer);
    assert_eq!(decision, Decision::refused("no text was explained: 413"));
    for (bytes, status) in [
        (&b""[..], 422),
        (b"PK\x03\x04\0\0\0\0", 422),
        (b"\x89PNG\r\n\x1a\n", 422),
    ] {
        let (answer, _) = paste(&desk, bytes.to_vec()).await;
        assert_eq!(answer.status, status);
        whole(&answer);
    }
    let line = "AADSTS50126 ".repeat(MOST_TEXT / 12);
    let (answer, _) = paste(&desk, line).await;
    assert_eq!(answer.status, StatusCode::OK);
    whole(&answer);
    let form = call(Method::POST, "application/pdf", "x");
    assert_eq!(
        send(&desk, &form).await.0.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

#[tokio::test]
async fn a_file_goes_before_what_was_pasted() {
    let (desk, _) = desk();
    let body = "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nAADSTS50126\r\n--b\r\nContent-Disposition: \
                form-data; name=\"file\"; filename=\"a.log\"\r\nContent-Type: text/plain\r\n\r\nAADSTS50053\r\n--b--\r\n";
    let form = call(Method::POST, "multipart/form-data; boundary=b", body);
    let (answer, _) = send(&desk, &form).await;
    let page = whole(&answer);
    assert!(
        page.contains("AADSTS50053") && !page.contains("AADSTS50126"),
        "{page}"
    );
}

#[tokio::test]
async fn the_journal_learns_nothing_of_a_text() {
    let (desk, _) = desk();
    let (_, decision) = paste(&desk, "canary AADSTS50126").await;
    assert_eq!(decision, Decision::served("a text was explained"));
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let (desk, clock) = desk();
    for _ in 0..PEER.burst {
        assert_eq!(paste(&desk, "").await.0.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (answer, _) = paste(&desk, "").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers[header::RETRY_AFTER], "3");
    whole(&answer);
    let other = Call {
        peer: "127.0.0.2".parse().unwrap(),
        ..call(Method::POST, "text/plain", "")
    };
    assert_eq!(
        send(&desk, &other).await.0.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    clock.advance(Duration::from_secs(3));
    assert_eq!(paste(&desk, "").await.0.status, StatusCode::UNPROCESSABLE_ENTITY);
}
