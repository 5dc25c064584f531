//! What requests and configurations ask for, where two of their values cannot stand beside each other: redirects that
//! differ by a character, `resource` beside the scope of a resource.

use evidence::Kind;

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "request",
    about: "redirects that differ by a character, a resource beside a scope",
    read,
};

/// Names of a redirect, in lower case; with an `s` it is a list of registered ones.
const REDIRECT: [&str; 8] = [
    "redirect_uri",
    "redirecturi",
    "redirect-uri",
    "redirect uri",
    "redirecturl",
    "redirect_url",
    "replyurl",
    "reply url",
];

/// How far apart `resource` and `scope` may stand, in lines, to be one request's.
const NEAR: usize = 4;

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    redirects(page, notes);
    resource_and_scope(page, notes);
}

fn redirects(page: &Page, notes: &mut Notes<'_>) {
    let (mut registered, mut used): (Vec<String>, Vec<(String, usize)>) = (Vec::new(), Vec::new());
    let mut in_list = false;
    for (line, text) in page.clean() {
        let lower = text.to_ascii_lowercase();
        let named = REDIRECT
            .iter()
            .find_map(|name| lower.find(name).map(|at| (at, at + name.len())));
        let Some((begin, end)) = named else {
            if in_list {
                let found = urls(text);
                in_list = !found.is_empty() && !text.contains(']');
                registered.extend(found);
            }
            continue;
        };
        let Some((is_list, value)) = value(&text[end..]) else {
            continue;
        };
        if is_list || lower[..begin].trim_end().ends_with("registered") {
            registered.extend(urls(value));
            in_list = is_list && !value.contains(']');
        } else if let Some(first) = urls(value).into_iter().next() {
            used.push((first, line));
        }
    }
    for (at, (one, line)) in used.iter().enumerate() {
        let others = used[..at].iter().map(|(other, _)| other).chain(&registered);
        if !registered.contains(one) && others.into_iter().any(|other| is_off_by_little(one, other)) {
            return notes.see(Kind::Setting, "redirect=off-by-a-character", *line);
        }
    }
}

/// Whether a list is named, and what stands behind the sign.
fn value(rest: &str) -> Option<(bool, &str)> {
    let (is_list, rest) = match rest.strip_prefix(['s', 'S']) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.trim_start_matches(['"', '\'', ' ']);
    Some((is_list, rest.strip_prefix([':', '='])?))
}

/// The addresses in a text, without the encoding of a query.
fn urls(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for (code, plain) in [("%3A", ":"), ("%3a", ":"), ("%2F", "/"), ("%2f", "/")] {
        text = text.replace(code, plain);
    }
    let ends = |c: char| c.is_whitespace() || "\"'`,;&<>()[]{}".contains(c);
    text.split(ends)
        .filter(|part| part.starts_with("http://") || part.starts_with("https://"))
        .map(ToOwned::to_owned)
        .collect()
}

/// Whether two redirects are different ones, and only by the scheme, a slash at the end, the name of this machine or the
/// case of letters.
fn is_off_by_little(one: &str, other: &str) -> bool {
    let core = |url: &str| {
        let url = url.to_ascii_lowercase();
        let rest = url
            .split_once("://")
            .map_or("", |(_, rest)| rest)
            .trim_end_matches('/');
        match rest.strip_prefix("127.0.0.1") {
            Some(rest) => format!("localhost{rest}"),
            None => rest.to_owned(),
        }
    };
    one != other && core(one) == core(other)
}

fn resource_and_scope(page: &Page, notes: &mut Notes<'_>) {
    let (mut resource, mut scope) = (None, None);
    for (line, text) in page.clean() {
        let parts = || text.split(['&', '?', ',', ';', '{', '}']);
        let has = |name: &str, fits: fn(&str) -> bool| {
            parts().any(|part| {
                let pair = part.split_once(['=', ':']);
                pair.is_some_and(|(key, value)| {
                    let key = key.trim_matches(|c: char| !c.is_ascii_alphanumeric());
                    key.eq_ignore_ascii_case(name) && fits(value)
                })
            })
        };
        let is_address =
            |value: &str| value.contains("://") || value.to_ascii_lowercase().contains("%3a%2f%2f");
        resource = has("resource", is_address).then_some(line).or(resource);
        scope = has("scope", is_address).then_some(line).or(scope);
        if let (Some(a), Some(b)) = (resource, scope)
            && a.abs_diff(b) <= NEAR
        {
            return notes.see(Kind::Setting, "resource=with-scope", line);
        }
    }
}

#[cfg(test)]
mod tests {
    use evidence::Kind::Setting;

    use crate::read::tests::{reads, silent};

    #[test]
    fn redirects_that_differ_by_a_character() {
        for text in [
            "REDIRECT_URI=http://localhost:8400/\nAzureAd__RedirectUri=http://localhost:8400",
            "\"redirectUri\": \"https://app.contoso.com/cb\",\n\"replyUrl\": \"http://app.contoso.com/cb\"",
            "\"redirectUris\": [\n  \"http://localhost:8400\",\n  \"https://app.contoso.com/cb\"\n],\n\"redirectUri\": \"http://127.0.0.1:8400\"",
            "registered redirect URI: https://app.contoso.com/Callback\nredirect_uri=https%3A%2F%2Fapp.contoso.com%2Fcallback&x=1",
        ] {
            reads(text, Setting, "redirect=off-by-a-character");
        }
        for text in [
            // Both are registered.
            "\"redirectUris\": [\"http://localhost\", \"https://localhost\"]\nredirect_uri: http://localhost",
            // Two programs, and two environments.
            "redirect_uri=https://app1.contoso.com/cb\nredirect_uri=https://app2.contoso.com/cb",
            "redirect_uri=http://localhost:8400\nredirect_uri=http://localhost:8400",
            "the redirect uri is https://localhost and not http://localhost",
        ] {
            silent(text, Setting);
        }
    }

    #[test]
    fn a_resource_beside_the_scope_of_a_resource() {
        for text in [
            "POST /oauth2/v2.0/token grant_type=x&resource=https://org.crm.dynamics.com&scope=https://org.crm.dynamics.com/.default",
            "resource: https://org.crm.dynamics.com\nclient_id: 1\nscope: https://org.crm.dynamics.com/user_impersonation",
            "{\"resource\":\"https://a.example\",\"scope\":\"https://a.example/.default\"}",
        ] {
            reads(text, Setting, "resource=with-scope");
        }
        for text in [
            // Of the v1 endpoint, which lets it stand.
            "resource=https://org.crm.dynamics.com&scope=openid",
            "scope=https://org.crm.dynamics.com/.default",
            "resource=https://a.example\n\n\n\n\n\nscope=https://a.example/.default",
        ] {
            silent(text, Setting);
        }
    }
}
