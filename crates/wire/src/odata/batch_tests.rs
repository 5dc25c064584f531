use proptest::prelude::*;

use super::*;

/// The shape the Python client sends (facts/organization.md 4.1), blanks in the address included.
const PYTHON: &str = "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
GET https://h/api/data/v9.2/systemusers?$filter=fullname eq 'A B' HTTP/1.1\r\nPrefer: odata.maxpagesize=2\r\n\r\n\
--batch_1\r\nContent-Type: multipart/mixed; boundary=\"changeset_2\"\r\n\r\n\
--changeset_2\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\n\
POST https://h/api/data/v9.2/systemusers HTTP/1.1\r\nContent-Type: application/json; type=entry\r\n\r\n{\"a\": 1}\r\n\
--changeset_2\r\nContent-Type: application/http\r\nContent-ID: 2\r\n\r\n\
PATCH $1 HTTP/1.1\r\nContent-Type: application/json; type=entry\r\nIf-Match: *\r\n\r\n{\"b\": 2}\r\n\
--changeset_2--\r\n\r\n--batch_1--\r\n";

/// The shape dynamics-web-api sends: empty lines before boundaries, no closing line break.
const NPM: &str = "\r\n--dwa_batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
GET https://h/api/data/v9.2/WhoAmI() HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n--dwa_batch_1--\r\n";

#[test]
fn both_clients_are_read() {
    let parts = read("multipart/mixed; boundary=\"batch_1\"", PYTHON).unwrap();
    let Part::One(get) = &parts[0] else {
        panic!("{parts:?}")
    };
    assert_eq!(
        get.target,
        "https://h/api/data/v9.2/systemusers?$filter=fullname%20eq%20'A%20B'"
    );
    assert_eq!(get.headers["prefer"], "odata.maxpagesize=2");
    let Part::ChangeSet(set) = &parts[1] else {
        panic!("{parts:?}")
    };
    assert_eq!(
        (set[0].content_id.as_deref(), &set[0].body[..]),
        (Some("1"), &b"{\"a\": 1}"[..])
    );
    assert_eq!((set[1].method.as_str(), set[1].target.as_str()), ("PATCH", "$1"));
    assert_eq!(set[1].headers["if-match"], "*");

    let parts = read("multipart/mixed;boundary=dwa_batch_1", NPM).unwrap();
    let Part::One(get) = &parts[0] else {
        panic!("{parts:?}")
    };
    assert_eq!(
        (get.target.as_str(), get.body.len()),
        ("https://h/api/data/v9.2/WhoAmI()", 0)
    );
}

#[test]
fn bare_line_feeds_are_read() {
    let parts = read("multipart/mixed; boundary=batch_1", &PYTHON.replace("\r\n", "\n")).unwrap();
    assert_eq!(parts.len(), 2);
}

#[test]
fn answers_carry_the_names_clients_look_for() {
    let mut headers = HeaderMap::new();
    headers.insert("odata-version", HeaderValue::from_static("4.0"));
    let reply = |content_id: Option<&str>, body: &'static str| Reply {
        content_id: content_id.map(str::to_owned),
        status: StatusCode::NOT_FOUND,
        headers: headers.clone(),
        body: Bytes::from_static(body.as_bytes()),
    };
    let replies = [
        Replies::One(reply(None, "{}")),
        Replies::ChangeSet(vec![reply(Some("1"), "")]),
    ];
    let (kind, body) = write(&replies, "x", |i| format!("y{i}"));
    assert_eq!(kind, "multipart/mixed; boundary=batchresponse_x");
    let expected = "--batchresponse_x\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
HTTP/1.1 404 Not Found\r\nodata-version: 4.0\r\n\r\n{}\r\n\
--batchresponse_x\r\nContent-Type: multipart/mixed; boundary=changesetresponse_y1\r\n\r\n\
--changesetresponse_y1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\n\
HTTP/1.1 404 Not Found\r\nodata-version: 4.0\r\n\r\n\r\n\
--changesetresponse_y1--\r\n--batchresponse_x--\r\n";
    assert_eq!(std::str::from_utf8(&body).unwrap(), expected);
}

#[test]
fn what_is_wrong_is_named() {
    for (kind, body, says) in [
        ("application/json", "{}", "multipart/mixed"),
        ("multipart/mixed", "", "boundary"),
        ("multipart/mixed; boundary=b", "nothing", "no part"),
        (
            "multipart/mixed; boundary=b",
            "--b\r\nContent-Type: application/http\r\n\r\nGET\r\n--b--",
            "request line",
        ),
        (
            "multipart/mixed; boundary=b",
            "--b\r\nnonsense\r\n\r\nGET / HTTP/1.1\r\n--b--",
            "header line",
        ),
    ] {
        assert!(read(kind, body).unwrap_err().to_string().contains(says), "{body}");
    }
    let many = "--b\r\nContent-Type: application/http\r\n\r\nGET /x HTTP/1.1\r\n\r\n".repeat(MOST + 1);
    assert!(
        read("multipart/mixed; boundary=b", &many)
            .unwrap_err()
            .to_string()
            .contains("at most 1000")
    );
}

proptest! {
    #[test]
    fn no_body_panics(body in "(--b(--)?\r?\n|[a-zA-Z:/ {}$]{0,12}\r?\n){0,12}") {
        let _ = read("multipart/mixed; boundary=b", &body);
    }
}
