//! What every command works with: settings, output, the world outside.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::Duration,
};

use clap::{Args, ValueEnum};
use client::{
    ClientError, KeyKind, Keychain, Outside, Profile, ProfileName, Profiles, Vault, VaultError,
    project_profile,
};
use evidence::{Seen, Steps};
use net::{Net, NetError, ProxyRules, Settings, Timeouts, dirs};
use types::{Clock, SystemChance, SystemClock, Timestamp};

use crate::{
    exit::Exit,
    output::{Format, Output},
    report::Failure,
    secrets,
};

/// Flags that every command takes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// How to write results
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "text",
        env = "KEYWAY_OUTPUT"
    )]
    output: Format,
    /// The profile to use; wins over `.keyway.toml` and the selected one
    #[arg(long, global = true, value_name = "NAME", env = "KEYWAY_PROFILE")]
    profile: Option<String>,
    /// HTTP proxy for HTTPS, as http://[name:password@]host:port; wins over HTTPS_PROXY. Give one with a
    /// password by variable
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "KEYWAY_PROXY",
        hide_env_values = true
    )]
    proxy: Option<String>,
    /// Further certificate authorities to trust, in PEM; may be given more than once
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "KEYWAY_CA_FILE",
        value_delimiter = ','
    )]
    ca_file: Vec<PathBuf>,
    /// Longest wait for one answer, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "60", env = "KEYWAY_TIMEOUT",
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// What seals secrets that are kept
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        env = "KEYWAY_SECRETS"
    )]
    secrets: Seal,
    /// File whose first line is the pass phrase; without it KEYWAY_PASSPHRASE, else it is asked for
    #[arg(long, global = true, value_name = "FILE", env = "KEYWAY_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// Show every step of the way
    #[arg(long, short, global = true, env = "KEYWAY_VERBOSE")]
    verbose: bool,
}

/// What seals secrets that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Seal {
    /// The operating system's keychain where there is one, else a pass phrase
    Auto,
    /// The operating system's keychain, or nothing
    Keychain,
    /// A pass phrase
    Passphrase,
}

/// What every command works with.
pub(crate) struct Context {
    pub(crate) output: Output,
    /// Set by a command that stops in order on Control-C; a second one ends the process at once.
    pub(crate) stops_itself: Arc<AtomicBool>,
    globals: Globals,
    vault: OnceLock<Vault>,
}

impl Context {
    /// Nothing is opened or read yet.
    pub(crate) fn new(globals: Globals) -> Self {
        Self {
            output: Output::new(globals.output),
            stops_itself: Arc::default(),
            globals,
            vault: OnceLock::new(),
        }
    }

    /// What moment it is.
    pub(crate) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// How servers are reached, by flags and environment.
    pub(crate) fn network(&self) -> Result<Settings, Failure> {
        let variable = |name: &str| std::env::var(name).ok();
        let proxy =
            ProxyRules::from_settings(self.globals.proxy.as_deref(), variable).map_err(NetError::from)?;
        Ok(Settings {
            proxy,
            extra_ca: self.globals.ca_file.clone(),
            standin_ca: dirs::state_dir().map(|directory| directory.join("ca.pem")),
            timeouts: Timeouts::at_most(Duration::from_secs(self.globals.timeout)),
        })
    }

    /// The world outside.
    pub(crate) fn outside(&self) -> Result<Outside, Failure> {
        Ok(Outside::new(self.net()?, Arc::new(SystemChance)))
    }

    /// The world outside for many requests to few servers: connections are kept.
    pub(crate) fn outside_keeping(&self) -> Result<Outside, Failure> {
        Ok(Outside::new(self.net()?.keeping(), Arc::new(SystemChance)))
    }

    fn net(&self) -> Result<Net, Failure> {
        Ok(Net::new(self.network()?, Arc::new(SystemClock)))
    }

    /// Where profiles lie.
    pub(crate) fn config_dir(&self) -> Result<PathBuf, Failure> {
        dirs::config_dir().ok_or_else(|| {
            Failure::new(
                Exit::Internal,
                "this account has no home directory",
                "Set KEYWAY_CONFIG_DIR to a directory of your own.",
            )
        })
    }

    /// Where secrets lie: one for the whole command, so that the pass phrase is asked for once.
    pub(crate) fn vault(&self) -> Result<&Vault, Failure> {
        match self.vault.get() {
            Some(vault) => Ok(vault),
            None => self.open_vault().map(|vault| self.vault.get_or_init(|| vault)),
        }
    }

    fn open_vault(&self) -> Result<Vault, Failure> {
        let directory = self.config_dir()?.join("secrets");
        let keychain = Keychain::find(&directory, |name| std::env::var(name).ok());
        let prefer = match (self.globals.secrets, &keychain) {
            (Seal::Passphrase, _) | (Seal::Auto, None) => KeyKind::PassPhrase,
            (Seal::Keychain, None) => {
                let hint = "On Linux install `secret-tool` (package libsecret-tools) and run it in a desktop session, or use --secrets passphrase.";
                return Err(Failure::new(
                    Exit::NotSignedIn,
                    "no keychain can be used here",
                    hint,
                ));
            }
            (_, Some(_)) => KeyKind::Keychain,
        };
        let file = self.globals.passphrase_file.clone();
        let ask = move |new: bool| -> Result<_, VaultError> { secrets::pass_phrase(file.as_deref(), new) };
        Ok(Vault::new(
            directory,
            keychain,
            prefer,
            Arc::new(SystemChance),
            Box::new(ask),
        ))
    }

    /// All profiles.
    pub(crate) fn profiles(&self) -> Result<Profiles, Failure> {
        Ok(Profiles::load(&self.config_dir()?)?)
    }

    /// The name of the profile the environment asks for: `--profile`, `KEYWAY_PROFILE`, `.keyway.toml`.
    pub(crate) fn asked_profile(&self) -> Result<(Option<&str>, Option<ProfileName>), Failure> {
        let project = match std::env::current_dir() {
            Ok(here) if self.globals.profile.is_none() => project_profile(&here)?,
            _ => None,
        };
        Ok((self.globals.profile.as_deref(), project))
    }

    /// The profile to use.
    pub(crate) fn profile(&self) -> Result<(ProfileName, Profile), Failure> {
        let (asked, project) = self.asked_profile()?;
        let all = self.profiles()?;
        let (name, profile) = all.choose(asked, project.as_ref())?;
        Ok((name.clone(), profile.clone()))
    }

    /// Runs a part of an errand; with `--verbose`, shows the way it went.
    pub(crate) async fn errand<T>(
        &self,
        errand: impl AsyncFnOnce(&mut Steps) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        let mut steps = Steps::default();
        let ended = errand(&mut steps).await;
        if self.globals.verbose && self.output.format == Format::Text {
            for step in steps.iter() {
                let (mark, detail) = match &step.seen {
                    Seen::Ok(detail) => ("ok  ", detail),
                    Seen::Answered(detail) => ("said", detail),
                    Seen::Failed(detail) => ("fail", detail),
                    Seen::Skipped(detail) => ("skip", detail),
                };
                self.output
                    .talk(&format!("{mark} {} ({} ms): {detail}", step.what, step.millis));
            }
        }
        Ok(ended?)
    }
}
