//! Traces: exception types and stack frames of .NET, and the types that Java, Python and Node print.

use evidence::Kind;

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "trace",
    about: "exceptions and stack frames of .NET, exception types of Java and Python",
    read,
};

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    let mut after_at = false;
    for chunk in page.chunks() {
        for name in chunk
            .text
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '+')))
        {
            let name = name.trim_matches('.');
            if is_exception(name) {
                notes.see(Kind::Exception, &name.replace('+', "."), chunk.line);
            }
        }
        if let Some(method) = frame(chunk.text, after_at) {
            notes.see(Kind::Frame, &method, chunk.line);
        }
        after_at = chunk.text.eq_ignore_ascii_case("at");
    }
}

/// A type whose name says what it is; a bare `Exception` or `Error` says nothing.
fn is_exception(name: &str) -> bool {
    let last = name
        .rsplit(['.', '+'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let named = |suffix: &str| last.len() > suffix.len() && last.ends_with(suffix);
    let is_type = name.chars().next().is_some_and(char::is_alphabetic);
    is_type && (named("exception") || named("fault") || (name.contains('.') && named("error")))
}

/// The dotted name before the parenthesis, behind `at` or with two dots at least.
fn frame(chunk: &str, after_at: bool) -> Option<String> {
    let open = chunk.find('(').unwrap_or(chunk.len());
    let name = chunk[..open].trim_matches(|c: char| !c.is_alphanumeric());
    let dots = name.matches('.').count();
    let dotted = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '+'));
    let called = open < chunk.len();
    let long_enough = if after_at {
        dots >= 2 || (dots >= 1 && called)
    } else {
        dots >= 2 && called
    };
    let has_letters = name.chars().filter(|c| c.is_alphabetic()).count() > 6;
    (dotted && long_enough && has_letters).then(|| name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use evidence::Kind::{Exception, Frame};

    use crate::read::tests::{reads, silent};

    #[test]
    fn types_and_frames() {
        reads(
            "Exception: Microsoft.Crm.CrmException: Logon failed --->",
            Exception,
            "microsoft.crm.crmexception",
        );
        reads(
            "FaultException\\`1[Microsoft.Xrm.Sdk.OrganizationServiceFault]:",
            Exception,
            "faultexception",
        );
        reads(
            "requests.exceptions.SSLError: HTTPSConnectionPool",
            Exception,
            "requests.exceptions.sslerror",
        );
        reads(
            "   at Microsoft.Crm.Outlook.ClientAuth.PassportAuthProvider`1.SignIn()",
            Frame,
            "microsoft.crm.outlook.clientauth.passportauthprovider.signin",
        );
        reads(
            "at\nMicrosoft.Crm.Pop3Client.Connect()",
            Frame,
            "microsoft.crm.pop3client.connect",
        );
        silent("Exception: none. An Error at work", Exception);
        silent("look at contoso.com or https://a.b.c/d", Frame);
    }
}
