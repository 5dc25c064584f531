//! JSON web tokens in the text: when they hold, for whom, and who speaks by them. The signature is not checked;
//! nothing is trusted, only described.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use evidence::Kind;
use serde_json::Value;

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "token",
    about: "JSON web tokens: validity, audience, version, user or application",
    read,
};

fn read(page: &Page, context: &Context<'_>, notes: &mut Notes<'_>) {
    for chunk in page.chunks() {
        for part in chunk
            .text
            .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        {
            if let Some(claims) = claims(part) {
                describe(&claims, context.now.seconds(), chunk.line, notes);
            }
        }
    }
}

fn claims(part: &str) -> Option<Value> {
    let (header, rest) = part.split_once('.')?;
    let (payload, _) = rest.split_once('.')?;
    if !header.starts_with("eyJ") {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn describe(claims: &Value, now: i64, line: usize, notes: &mut Notes<'_>) {
    let mut see = |what: &str| notes.see(Kind::Token, what, line);
    let time = |name: &str| claims[name].as_i64();
    if time("exp").is_some_and(|end| end < now) {
        see("expired");
    }
    if time("nbf").is_some_and(|start| start > now) {
        see("not-yet-valid");
    }
    match claims["ver"].as_str() {
        Some("1.0") => see("v1"),
        Some("2.0") => see("v2"),
        _ => {}
    }
    let has = |name: &str| claims.get(name).is_some();
    if claims["idtyp"] == "app" || (!has("scp") && (has("appid") || has("azp"))) {
        see("app-only");
    } else if has("scp") {
        see("user");
    }
    match claims["aud"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        aud if aud.contains("graph.microsoft.com") || aud == "00000003-0000-0000-c000-000000000000" => {
            see("audience-graph");
        }
        aud if aud.contains(".dynamics.com") || aud == "00000007-0000-0000-c000-000000000000" => {
            see("audience-dataverse");
        }
        "" => {}
        _ => see("audience-other"),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use evidence::Kind::Token;

    use crate::read::tests::reads;

    #[test]
    fn what_a_token_shows() {
        let payload = r#"{"aud":"https://graph.microsoft.com","ver":"1.0","appid":"x","exp":1000,"nbf":1}"#;
        let token = format!(
            "{}.{}.sig",
            BASE64_URL_SAFE_NO_PAD.encode("{\"alg\":\"RS256\"}"),
            BASE64_URL_SAFE_NO_PAD.encode(payload)
        );
        let text = format!("Authorization: Bearer {token}");
        for what in ["expired", "v1", "app-only", "audience-graph"] {
            reads(&text, Token, what);
        }
    }
}
