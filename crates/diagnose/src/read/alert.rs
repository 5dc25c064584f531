//! Error names: of mailbox alerts, Exchange Web Services and APIs that refuse with a word.

use evidence::Kind;

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "alert",
    about: "error names of mailbox alerts, Exchange Web Services and other APIs",
    read,
};

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    let mut before = ["", ""];
    for chunk in page.chunks() {
        let named = is_label(before[0], before[1]);
        for name in chunk
            .text
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_')))
        {
            let name = name.trim_matches('.');
            let is_name =
                (named && is_word(name)) || is_error(name) || is_crm(name) || is_code_field(chunk.text, name);
            if is_name {
                notes.see(Kind::Alert, name, chunk.line);
            }
        }
        before = [before[1], chunk.text];
    }
    in_json(page, notes);
}

/// `Error Code:`, `Exchange Error Code:`, `ResponseCode:`.
fn is_label(first: &str, second: &str) -> bool {
    let second = second.trim_end_matches([':', '=']).to_ascii_lowercase();
    match second.as_str() {
        "code" => first.to_ascii_lowercase().ends_with("error") || first.eq_ignore_ascii_case("response"),
        "errorcode" | "responsecode" | "responsemessagetype" => true,
        _ => false,
    }
}

/// A name made of letters, long enough to mean one thing.
fn is_word(name: &str) -> bool {
    let starts = name.chars().next().is_some_and(char::is_alphabetic);
    starts && name.len() >= 4 && name.chars().any(char::is_lowercase)
}

/// `ErrorNonExistentMailbox`, also in lower case; a plain word such as `errors` is none.
fn is_error(name: &str) -> bool {
    let Some(rest) = name
        .get(..5)
        .filter(|start| start.eq_ignore_ascii_case("error"))
        .and(name.get(5..))
    else {
        return false;
    };
    let camel = rest.chars().next().is_some_and(char::is_uppercase) && rest.chars().any(char::is_lowercase);
    let is_letters = rest.chars().all(char::is_alphanumeric);
    let plain = [
        "handler",
        "message",
        "response",
        "details",
        "description",
        "subcode",
    ];
    let is_plain = plain.iter().any(|word| rest.eq_ignore_ascii_case(word));
    is_letters && !is_plain && (camel || rest.len() >= 6)
}

/// `Crm.80042f09.UserNotAssignedRoles`.
fn is_crm(name: &str) -> bool {
    name.get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("crm.8"))
        && name.matches('.').count() >= 2
}

/// `"Code":"userNotPartOfSecurityGroup"`, all of it one chunk.
fn is_code_field(chunk: &str, name: &str) -> bool {
    let lower = chunk.to_ascii_lowercase();
    lower.contains(&format!("code\":\"{}\"", name.to_ascii_lowercase())) && is_word(name)
}

/// The same with a blank behind the colon.
fn in_json(page: &Page, notes: &mut Notes<'_>) {
    let mut behind_code = false;
    for chunk in page.chunks() {
        let value = chunk.text.trim_matches(|c: char| !c.is_alphanumeric());
        if behind_code
            && chunk.text.starts_with('"')
            && is_word(value)
            && value.chars().all(char::is_alphanumeric)
        {
            notes.see(Kind::Alert, value, chunk.line);
        }
        behind_code = chunk.text.to_ascii_lowercase().ends_with("code\":");
    }
}

#[cfg(test)]
mod tests {
    use evidence::Kind::Alert;

    use crate::read::tests::{reads, silent};

    #[test]
    fn names_of_errors() {
        reads(
            "Email Server Error Code: InvalidIncomingEmailServerProfile",
            Alert,
            "invalidincomingemailserverprofile",
        );
        reads(
            "email server error code: crm.80042f09.usernotassignedroles",
            Alert,
            "crm.80042f09.usernotassignedroles",
        );
        reads(
            "an ErrorSubmissionQuotaExceeded exception",
            Alert,
            "errorsubmissionquotaexceeded",
        );
        reads(
            "{\"Code\":\"userNotPartOfSecurityGroup\"}",
            Alert,
            "usernotpartofsecuritygroup",
        );
        reads(
            "\"code\": \"InvalidAuthenticationToken\",",
            Alert,
            "invalidauthenticationtoken",
        );
        silent("an error, errors, errorMessage, error_description", Alert);
    }
}
