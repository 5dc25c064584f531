//! How to sign in: the flags, and what follows from them.

use std::path::{Path, PathBuf};

use clap::Args;
use client::{CertificateKey, Method, MethodName, Mistake, Profile, Redirect, Ui, has_display, open_browser};
use types::{Secret, Upn};
use wire::oauth::DeviceCodeResponse;

use crate::{output::Output, progress::Progress, report::Failure, secrets::Sources};

/// The public client that Microsoft's samples use; it exists in every tenant (facts/organization.md 1.1).
const SAMPLE_CLIENT: &str = "51f81489-12ee-4a9e-aaae-a2591f45987d";

/// Who signs in, and where.
#[derive(Args)]
pub(crate) struct Who {
    /// The tenant, as a GUID or domain, when the organization shall not be asked
    #[arg(long, value_name = "ID OR DOMAIN", env = "KEYWAY_TENANT")]
    pub(crate) tenant: Option<String>,
    /// The application (client) id to sign in as [default: the public client of Microsoft's samples]
    #[arg(long, value_name = "ID", env = "KEYWAY_CLIENT_ID")]
    pub(crate) client_id: Option<String>,
    /// The sign-in service to ask when the organization is looked up by id or name
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://login.microsoftonline.com",
        env = "KEYWAY_AUTHORITY"
    )]
    authority: String,
    #[command(flatten)]
    pub(crate) how: How,
}

impl Who {
    /// The sign-in host, which must be https.
    pub(crate) fn authority(&self) -> Result<String, Mistake> {
        let authority = self.authority.trim_end_matches('/').to_owned();
        if authority.starts_with("https://") {
            Ok(authority)
        } else {
            Err(Mistake::InTheClear(authority))
        }
    }

    /// The client id to sign in with; an application's own must be given.
    pub(crate) fn client_id(&self, signs_in_by: MethodName) -> Result<String, Failure> {
        match &self.client_id {
            Some(id) => Ok(id.clone()),
            None if signs_in_by.is_application() => Err(Failure::usage(
                "an application signs in, but its id was not given",
                "Give the Application (client) ID with --client-id.",
            )),
            None => Ok(SAMPLE_CLIENT.to_owned()),
        }
    }
}

/// How to sign in. With none of these flags: in the browser, or, where there is no display, with a device
/// code; with a client secret in KEYWAY_CLIENT_SECRET, as an application.
#[derive(Args, Default)]
#[command(next_help_heading = "How to sign in")]
pub(crate) struct How {
    /// In the browser of this machine, even where no display was found
    #[arg(long, group = "way", env = "KEYWAY_BROWSER")]
    browser: bool,
    /// Print the sign-in address instead of opening the browser
    #[arg(long, env = "KEYWAY_NO_BROWSER")]
    no_browser: bool,
    /// Where the browser comes back to, when the app registration has something else than http://localhost
    #[arg(long, value_name = "URI", env = "KEYWAY_REDIRECT_URI")]
    redirect_uri: Option<String>,
    /// With a code, on any other device
    #[arg(long, group = "way", env = "KEYWAY_DEVICE_CODE")]
    device_code: bool,
    /// As an application, its secret in the first line of a file
    #[arg(long, group = "way", value_name = "FILE", env = "KEYWAY_CLIENT_SECRET_FILE")]
    client_secret_file: Option<PathBuf>,
    /// As an application, its secret on standard input
    #[arg(long, group = "way", env = "KEYWAY_CLIENT_SECRET_STDIN")]
    client_secret_stdin: bool,
    /// As an application, its secret asked for at the terminal
    #[arg(long, group = "way", env = "KEYWAY_CLIENT_SECRET_PROMPT")]
    client_secret_prompt: bool,
    /// As an application, with this certificate in PEM (the private key may stand in the same file)
    #[arg(long, group = "way", value_name = "FILE", env = "KEYWAY_CERTIFICATE")]
    certificate: Option<PathBuf>,
    /// The certificate's private key in PEM, when it is not in the same file
    #[arg(long, value_name = "FILE", requires = "certificate", env = "KEYWAY_KEY")]
    key: Option<PathBuf>,
    /// Sign with RS256 instead of PS256: for AD FS
    #[arg(long, requires = "certificate", env = "KEYWAY_RS256")]
    rs256: bool,
    /// With user name and password. It cannot do multi-factor authentication; prefer any other way
    #[arg(long, group = "way", value_name = "UPN", env = "KEYWAY_USERNAME")]
    username: Option<String>,
    /// The password in the first line of a file; without it KEYWAY_PASSWORD, else it is asked for
    #[arg(
        long,
        value_name = "FILE",
        requires = "username",
        env = "KEYWAY_PASSWORD_FILE"
    )]
    password_file: Option<PathBuf>,
    /// The password on standard input
    #[arg(long, requires = "username", env = "KEYWAY_PASSWORD_STDIN")]
    password_stdin: bool,
}

/// What was decided, and what a profile keeps of it.
pub(crate) struct Decided {
    pub(crate) method: Method,
    pub(crate) name: MethodName,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) certificate_file: Option<PathBuf>,
    pub(crate) rs256: bool,
    pub(crate) redirect_uri: Option<String>,
}

impl Decided {
    fn simple(method: Method, name: MethodName) -> Self {
        Self {
            method,
            name,
            key_file: None,
            certificate_file: None,
            rs256: false,
            redirect_uri: None,
        }
    }
}

impl How {
    /// Decides. `before` is the profile that is renewed: what the flags leave open stays as it was.
    pub(crate) fn decide(&self, before: Option<&Profile>) -> Result<Decided, Failure> {
        let was = before.map(|profile| profile.method);
        let own_secret =
            self.client_secret_file.is_some() || self.client_secret_stdin || self.client_secret_prompt;
        let none = !(own_secret
            || self.browser
            || self.device_code
            || self.certificate.is_some()
            || self.username.is_some());
        if own_secret
            || none && (was == Some(MethodName::ClientSecret) || was.is_none() && self.secret_given())
        {
            let secret = self.secret().read()?;
            return Ok(Decided::simple(
                Method::ClientSecret(secret),
                MethodName::ClientSecret,
            ));
        }
        if self.certificate.is_some() || none && was == Some(MethodName::Certificate) {
            return self.certificate(before);
        }
        if let Some(upn) = self.upn(before, none) {
            let upn = upn.parse().map_err(Mistake::from)?;
            let sources = Sources {
                what: "password",
                file: self.password_file.as_deref(),
                stdin: self.password_stdin,
                variable: "KEYWAY_PASSWORD",
            };
            return Ok(Decided::simple(
                Method::Password(upn, sources.read()?),
                MethodName::Password,
            ));
        }
        let display = has_display(|name| std::env::var(name).ok());
        let open = self.browser
            || none && (was == Some(MethodName::Browser) || was.is_none() && (display || self.no_browser));
        if self.device_code || !open {
            return Ok(Decided::simple(Method::DeviceCode, MethodName::DeviceCode));
        }
        let redirect_uri = self
            .redirect_uri
            .clone()
            .or_else(|| before.and_then(|profile| profile.redirect_uri.clone()));
        let redirect = redirect_uri
            .as_deref()
            .map_or_else(|| Ok(Redirect::default()), Redirect::parse)?;
        Ok(Decided {
            redirect_uri,
            ..Decided::simple(Method::Browser(redirect), MethodName::Browser)
        })
    }

    /// The redirect URI that is sent: the one that was given, or that of a program of one's own machine.
    pub(crate) fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_deref().unwrap_or("http://localhost")
    }

    /// Who fills in a sign-in form, where somebody is named.
    ///
    /// # Errors
    /// Another way was asked for, or there is no password.
    pub(crate) fn person(&self) -> Result<Option<(Upn, Secret)>, Failure> {
        if self.username.is_some()
            && let Method::Password(upn, password) = self.decide(None)?.method
        {
            return Ok(Some((upn, password)));
        }
        let other = self.browser
            || self.device_code
            || self.certificate.is_some()
            || self.client_secret_file.is_some()
            || self.client_secret_stdin
            || self.client_secret_prompt;
        match other {
            true => Err(Failure::usage(
                "the sign-in form of a page takes a user name and a password",
                "Give --username, or the cookies of a browser that is signed in: --cookies FILE.",
            )),
            false => Ok(None),
        }
    }

    /// Whether any way to sign in was given, by flag or variable.
    pub(crate) fn is_given(&self) -> bool {
        self.client_secret_file.is_some()
            || self.client_secret_stdin
            || self.client_secret_prompt
            || self.browser
            || self.device_code
            || self.certificate.is_some()
            || self.username.is_some()
            || self.secret_given()
    }

    /// What is wrong with the flags themselves.
    pub(crate) fn mistakes(&self) -> Vec<Mistake> {
        let name = self
            .username
            .as_deref()
            .and_then(|text| text.parse::<Upn>().err());
        let redirect = self
            .redirect_uri
            .as_deref()
            .and_then(|text| Redirect::parse(text).err());
        name.map(Mistake::from).into_iter().chain(redirect).collect()
    }

    fn secret(&self) -> Sources<'_> {
        Sources {
            what: "client secret",
            file: self.client_secret_file.as_deref(),
            stdin: self.client_secret_stdin,
            variable: "KEYWAY_CLIENT_SECRET",
        }
    }

    fn secret_given(&self) -> bool {
        std::env::var_os("KEYWAY_CLIENT_SECRET").is_some_and(|secret| !secret.is_empty())
    }

    fn upn(&self, before: Option<&Profile>, none: bool) -> Option<String> {
        let kept = before.filter(|profile| none && profile.method == MethodName::Password);
        self.username
            .clone()
            .or_else(|| kept.map(|profile| profile.account.clone()))
    }

    fn certificate(&self, before: Option<&Profile>) -> Result<Decided, Failure> {
        let kept = |file: fn(&Profile) -> &Option<PathBuf>| before.and_then(|profile| file(profile).clone());
        let certificate = self
            .certificate
            .clone()
            .or_else(|| kept(|profile| &profile.certificate_file));
        let certificate = certificate
            .ok_or_else(|| Failure::usage("no certificate was given", "Give it with --certificate FILE."))?;
        let own_key = self
            .key
            .clone()
            .or_else(|| kept(|profile| &profile.key_file).filter(|_| self.certificate.is_none()));
        let key = own_key.unwrap_or_else(|| certificate.clone());
        let rs256 = self.rs256 || before.is_some_and(|profile| profile.rs256);
        let pair = CertificateKey::from_pem(&read(&key)?, &read(&certificate)?, rs256)?;
        Ok(Decided {
            // Kept whole: a later process may stand in another directory.
            key_file: Some(whole(&key)),
            certificate_file: Some(whole(&certificate)),
            rs256,
            ..Decided::simple(Method::Certificate(Box::new(pair)), MethodName::Certificate)
        })
    }

    /// Shows the person what they need, beside what is shown of the progress.
    pub(crate) fn ui(&self, output: Output, progress: &Progress) -> Terminal {
        Terminal {
            output,
            progress: progress.clone(),
            open: !self.no_browser,
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::usage(
            format!("{} cannot be read: {error}", path.display()),
            "Check the path and who may read the file.",
        )
    })
}

fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The person at the terminal.
pub(crate) struct Terminal {
    output: Output,
    progress: Progress,
    open: bool,
}

impl Terminal {
    fn talk(&self, text: &str) {
        self.progress.aside(|| self.output.talk(text));
    }
}

impl Ui for Terminal {
    fn device_code(&self, code: &DeviceCodeResponse) {
        let minutes = code.expires_in.get() / 60;
        let address = code.address().unwrap_or_default();
        self.talk(&format!(
            "To sign in, open {address} on any device and enter the code {} within {minutes} minutes.",
            code.user_code
        ));
    }

    fn browser(&self, url: &str) {
        match self.open.then(|| open_browser(url)) {
            Some(Ok(())) => {
                self.talk("Waiting for the sign-in in the browser. If none opened, open this address:");
            }
            Some(Err(error)) => self.talk(&format!(
                "The browser could not be opened ({error}). Open this address:"
            )),
            None => self.talk("Open this address in a browser on this machine:"),
        }
        self.talk(url);
    }
}
