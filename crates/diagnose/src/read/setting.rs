//! Settings: connection strings and lines such as `AuthType=Office365` or `User Name: contoso\jane`.

use evidence::Kind;

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "setting",
    about: "connection strings and settings",
    read,
};

/// Keys whose value may be kept as it stands; of every other only that it is there.
const PLAIN: [&str; 10] = [
    "authtype",
    "authenticationtype",
    "loginprompt",
    "requirenewinstance",
    "skipdiscovery",
    "integrated security",
    "useuniqueinstance",
    "grant_type",
    "prompt",
    "response_type",
];

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    for (line, text) in page.clean() {
        for part in text.split([';', '"', '&', '?', ',']) {
            if let Some((key, value)) = part.split_once('=') {
                setting(key, value, line, notes);
            }
        }
        if let Some((key, value)) = text.split_once(':')
            && let Some(form @ (Form::DomainUser | Form::PrincipalName)) = user_name(key, value)
        {
            notes.see(Kind::Setting, form.setting(), line);
        }
    }
    for chunk in page.chunks().filter(|chunk| is_domain_user(chunk.text)) {
        notes.see(Kind::Setting, Form::DomainUser.setting(), chunk.line);
    }
}

/// `CONTOSO\jane` standing free in the text: one backslash, no drive and no path.
fn is_domain_user(chunk: &str) -> bool {
    let name = chunk.trim_matches(|c: char| !(c.is_alphanumeric() || c == '\\'));
    let Some((domain, user)) = name.split_once('\\') else {
        return false;
    };
    let in_domain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let in_user = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    (2..=40).contains(&domain.len())
        && domain.chars().all(in_domain)
        && user.len() >= 2
        && user.starts_with(char::is_alphabetic)
        && user.chars().all(in_user)
}

fn setting(key: &str, value: &str, line: usize, notes: &mut Notes<'_>) {
    let key = key.trim().to_ascii_lowercase();
    let key = key.rsplit(char::is_whitespace).next().unwrap_or(&key);
    let value = value
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .trim_matches('\'');
    if PLAIN.contains(&key) {
        notes.see(Kind::Setting, &format!("{key}={value}"), line);
    }
    if let Some(form) = user_name(key, value) {
        notes.see(Kind::Setting, form.setting(), line);
    }
}

/// The form of a user name, without the name.
#[derive(Clone, Copy)]
enum Form {
    DomainUser,
    PrincipalName,
    Bare,
    Empty,
}

impl Form {
    const fn setting(self) -> &'static str {
        match self {
            Self::DomainUser => "user=domain-backslash-user",
            Self::PrincipalName => "user=principal-name",
            Self::Bare => "user=bare",
            Self::Empty => "user=empty",
        }
    }
}

/// The form of the name that is given where the key asks for one.
fn user_name(key: &str, value: &str) -> Option<Form> {
    let key = key.trim().to_ascii_lowercase();
    let names = [
        "user name",
        "username",
        "user",
        "userid",
        "user id",
        "login",
        "account",
    ];
    if !names.iter().any(|name| key.ends_with(name)) {
        return None;
    }
    let value = value.split_whitespace().next().unwrap_or_default();
    Some(
        match (value.contains('\\'), value.contains('@'), value.is_empty()) {
            (true, ..) => Form::DomainUser,
            (_, true, _) => Form::PrincipalName,
            (.., true) => Form::Empty,
            _ => Form::Bare,
        },
    )
}

#[cfg(test)]
mod tests {
    use evidence::Kind::Setting;

    use crate::read::tests::{reads, silent};

    #[test]
    fn plain_settings_and_the_form_of_names() {
        reads(
            "-ConnectionString \"AuthType=Office365;Url=https://x\"",
            Setting,
            "authtype=office365",
        );
        reads("User Name: contoso\\jane", Setting, "user=domain-backslash-user");
        reads("Username=jane@contoso.com;", Setting, "user=principal-name");
        reads(
            "signing in as CONTOSO\\mmeier, fails",
            Setting,
            "user=domain-backslash-user",
        );
        silent("C:\\Windows\\System32 \\\\server\\share", Setting);
        reads("Username=jprice;Password=x", Setting, "user=bare");
        silent("Password=secret;ClientSecret=x", Setting);
        silent("account: the one of the boss", Setting);
    }
}
