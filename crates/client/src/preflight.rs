//! Mistakes that can be seen before anything is sent (facts/identity.md 7.2). A wrong secret that is sent
//! counts towards lockout; one that is seen here costs nothing.

use types::{AppId, Secret, Uuid};

use crate::{Method, MethodName};

/// A mistake in what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// A GUID where the secret's value belongs (row 004-10; AADSTS7000215).
    #[error("the client secret is a GUID, so it is the secret's id, not its value")]
    SecretId,
    /// Blanks around it were almost certainly not meant, and would be significant.
    #[error("the {0} begins or ends with a blank")]
    Blanks(&'static str),
    /// Nothing there.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// Not a GUID (row 004-12).
    #[error("the client id `{0}` is not a GUID")]
    ClientId(String),
    /// The tenant's id stands in the place of the client id (row 004-12).
    #[error("the client id and the tenant id are the same")]
    ClientIdIsTenant,
    /// The id of something else stands in the place of the client id.
    #[error("the client id is the id of the {0}")]
    ClientIdOf(&'static str),
    /// Neither a GUID nor a domain nor one of the three words.
    #[error("`{0}` is not a tenant")]
    Tenant(String),
    /// The grant needs a tenant of its own (AADSTS9001023, 50059, 90133).
    #[error("{grant} does not work with `{tenant}`")]
    SharedTenant {
        /// What was to be done.
        grant: &'static str,
        /// The word that stands for many tenants.
        tenant: String,
    },
    /// Not a user principal name.
    #[error(transparent)]
    UserName(#[from] types::BadUpn),
    /// A personal or federated account cannot sign in with a password here.
    #[error("{domain} signs its users in elsewhere (federated), so a password cannot be used here")]
    Federated {
        /// The domain.
        domain: String,
    },
    /// Several resources, or `.default` among named scopes (AADSTS70011, 700022).
    #[error("the scopes `{0}` cannot be asked for together")]
    Scopes(String),
    /// A redirect that the loopback listener cannot serve.
    #[error("the redirect URI `{uri}` cannot be used: {why}")]
    Redirect {
        /// As it was given.
        uri: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The address is no organization.
    #[error("`{given}` is {is}")]
    Address {
        /// As it was given, without anything behind a question mark.
        given: String,
        /// What it is instead.
        is: String,
        /// What to do about it.
        hint: String,
    },
    /// A secret would travel unencrypted.
    #[error("{0} is not https, and a token must not travel in the clear")]
    InTheClear(String),
    /// The certificate or key cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
    /// A profile's name that is no file name everywhere.
    #[error("`{0}` cannot be a profile's name")]
    ProfileName(String),
}

impl Mistake {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::SecretId => {
                "Copy the column Value, which is shown only once; if it is gone, make a new secret.".into()
            }
            Self::Blanks(_) => "Take the blanks away; they come along when copying.".into(),
            Self::Empty(what) => format!("Give the {what} by prompt, standard input, file or environment variable."),
            Self::ClientId(_) | Self::ClientIdOf(_) => {
                "It is the Application (client) ID on the app registration's first page.".into()
            }
            Self::ClientIdIsTenant => {
                "The Directory (tenant) ID stands right below the Application (client) ID; copy the other one.".into()
            }
            Self::Tenant(_) => "Give the tenant's GUID or one of its domains, such as contoso.onmicrosoft.com.".into(),
            Self::SharedTenant { .. } => "Name the tenant with --tenant: its GUID or one of its domains.".into(),
            Self::UserName(_) => "It usually looks like an e-mail address.".into(),
            Self::Federated { .. } => "Sign in with the browser, or with --device-code.".into(),
            Self::Scopes(_) => "Ask for one resource at a time, and for .default alone.".into(),
            Self::Redirect { .. } => {
                "Use http://localhost or http://127.0.0.1, and register exactly that (path, slash and, for 127.0.0.1, port count) as a mobile and desktop redirect.".into()
            }
            Self::Address { hint, .. } => hint.clone(),
            Self::InTheClear(_) => "Use the https address.".into(),
            Self::Certificate(_) => {
                "Give an RSA key (2048 bits or more) and its certificate, both in PEM.".into()
            }
            Self::ProfileName(_) => "Use up to 64 letters, digits, dots, hyphens and underscores.".into(),
        }
    }
}

/// Every mistake in what would be sent to sign in, at once; finding them costs no request.
pub fn mistakes(client: &str, tenant_word: Option<&str>, method: &Method) -> Vec<Mistake> {
    let secret = match method {
        Method::ClientSecret(secret) => client_secret(secret).err(),
        Method::Password(_, secret) => password(secret).err(),
        Method::Browser(_) | Method::DeviceCode | Method::Certificate(_) => None,
    };
    let mut found = ids(client, tenant_word, method.name());
    found.extend(secret);
    found
}

/// Every mistake in the ids of a sign-in.
pub(crate) fn ids(client: &str, tenant_word: Option<&str>, method: MethodName) -> Vec<Mistake> {
    let shared = |word| match method {
        MethodName::ClientSecret => own_tenant("a client secret", word, true).err(),
        MethodName::Certificate => own_tenant("a certificate", word, true).err(),
        MethodName::Password => own_tenant("a password", word, false).err(),
        MethodName::Browser | MethodName::DeviceCode => None,
    };
    let mut found: Vec<Mistake> = client_id(client, tenant_word).err().into_iter().collect();
    if let Some(word) = tenant_word {
        found.extend(tenant(word).err().or_else(|| shared(word)));
    }
    found
}

/// A client secret that can be the value of one.
pub(crate) fn client_secret(secret: &Secret) -> Result<(), Mistake> {
    if Uuid::try_parse(secret.expose().trim()).is_ok() {
        return Err(Mistake::SecretId);
    }
    no_blanks("client secret", secret)
}

/// A password that can be sent. Entra takes none with blanks around it in this grant (facts/identity.md 4.1).
pub(crate) fn password(password: &Secret) -> Result<(), Mistake> {
    no_blanks("password", password)
}

fn no_blanks(what: &'static str, secret: &Secret) -> Result<(), Mistake> {
    let text = secret.expose();
    match text {
        "" => Err(Mistake::Empty(what)),
        _ if text.trim() != text => Err(Mistake::Blanks(what)),
        _ => Ok(()),
    }
}

/// A client id that can be one in this tenant.
pub(crate) fn client_id(text: &str, tenant: Option<&str>) -> Result<AppId, Mistake> {
    let id: AppId = text
        .trim()
        .parse()
        .map_err(|_| Mistake::ClientId(text.to_owned()))?;
    if tenant.is_some_and(|tenant| tenant.eq_ignore_ascii_case(text.trim())) {
        return Err(Mistake::ClientIdIsTenant);
    }
    Ok(id)
}

/// A tenant segment: a GUID, a domain, or a word for many.
pub(crate) fn tenant(text: &str) -> Result<(), Mistake> {
    let is_word =
        ["common", "organizations", "consumers", "adfs"].contains(&text.to_ascii_lowercase().as_str());
    let is_domain = text.contains('.') && text.parse::<types::Host>().is_ok();
    if is_word || is_domain || Uuid::try_parse(text).is_ok() {
        Ok(())
    } else {
        Err(Mistake::Tenant(text.to_owned()))
    }
}

/// Refuses the words for many tenants where a grant does not take them; `organizations` is good for passwords
/// and device codes (facts/identity.md 1.2), not for an application's own credential.
pub(crate) fn own_tenant(grant: &'static str, tenant: &str, organizations_too: bool) -> Result<(), Mistake> {
    let shared: &[&str] = if organizations_too {
        &["common", "consumers", "organizations"]
    } else {
        &["common", "consumers"]
    };
    if shared.iter().any(|word| tenant.eq_ignore_ascii_case(word)) {
        return Err(Mistake::SharedTenant {
            grant,
            tenant: tenant.to_owned(),
        });
    }
    Ok(())
}

/// One resource, and `.default` alone; OpenID's own words go with anything.
pub(crate) fn scopes(text: &str) -> Result<(), Mistake> {
    let own = ["openid", "profile", "email", "offline_access"];
    let named: Vec<&str> = text
        .split(' ')
        .filter(|scope| !scope.is_empty() && !own.contains(scope))
        .collect();
    let resource = |scope: &str| {
        scope
            .rsplit_once('/')
            .map(|(resource, _)| resource.trim_end_matches('/').to_owned())
    };
    let one_resource = named
        .windows(2)
        .all(|pair| resource(pair[0]) == resource(pair[1]));
    let default_alone = named.len() < 2 || !named.iter().any(|scope| scope.ends_with("/.default"));
    if one_resource && default_alone {
        Ok(())
    } else {
        Err(Mistake::Scopes(named.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

    #[test]
    fn secrets_that_cannot_work_are_not_sent() {
        let check = |text: &str| client_secret(&Secret::new(text));
        assert_eq!(check(GUID), Err(Mistake::SecretId));
        assert_eq!(check(&format!(" {GUID}\n")), Err(Mistake::SecretId));
        assert_eq!(check("abc8Q~x "), Err(Mistake::Blanks("client secret")));
        assert_eq!(check(""), Err(Mistake::Empty("client secret")));
        assert_eq!(check("abc8Q~x y"), Ok(()));
        assert_eq!(password(&Secret::new(" x")), Err(Mistake::Blanks("password")));
    }

    #[test]
    fn ids_that_cannot_work_are_not_sent() {
        assert_eq!(
            client_id("contoso app", None),
            Err(Mistake::ClientId("contoso app".into()))
        );
        assert_eq!(
            client_id(GUID, Some(&GUID.to_uppercase())),
            Err(Mistake::ClientIdIsTenant)
        );
        assert!(client_id(GUID, Some("contoso.com")).is_ok());
        for good in ["common", GUID, "contoso.onmicrosoft.com"] {
            assert_eq!(tenant(good), Ok(()));
        }
        assert_eq!(tenant("contoso"), Err(Mistake::Tenant("contoso".into())));
        assert!(own_tenant("a password", "organizations", false).is_ok());
        assert!(own_tenant("a client secret", "Organizations", true).is_err());
        assert!(own_tenant("a password", "common", false).is_err());
    }

    #[test]
    fn scopes_of_two_kinds_do_not_mix() {
        for good in [
            "https://a/user_impersonation openid offline_access",
            "https://a//.default",
            "openid",
            "",
        ] {
            assert_eq!(scopes(good), Ok(()), "{good}");
        }
        for bad in ["https://a/x https://b/x", "https://a/.default https://a/x"] {
            assert!(scopes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_mistake_has_a_next_step() {
        for mistake in [
            Mistake::SecretId,
            Mistake::Blanks("password"),
            Mistake::Certificate("x".into()),
        ] {
            assert!(mistake.hint().ends_with('.'), "{mistake}");
        }
    }
}
