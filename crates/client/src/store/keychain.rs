//! The operating system's keychain, reached through the program each system brings for it. It keeps one thing:
//! the key that seals the secrets files (docs/adr/0004-where-secrets-rest.md). The key travels over standard
//! input and output, never in the arguments.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use types::Secret;

/// Under this name the key lies in the keychain.
const SERVICE: &str = "keyway";
/// Whose key it is.
const ACCOUNT: &str = "sealing-key";

/// A keychain that can be used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keychain {
    /// The desktop's Secret Service (GNOME Keyring, KWallet) through `secret-tool` of libsecret.
    SecretService(PathBuf),
    /// The macOS keychain through `security`.
    Mac(PathBuf),
    /// Windows' data protection: the key lies in the file, protected for this person on this machine.
    Windows {
        /// PowerShell.
        program: PathBuf,
        /// Where the protected key lies.
        file: PathBuf,
    },
}

/// One call of a keychain's program.
struct Errand {
    program: PathBuf,
    arguments: Vec<String>,
    input: Secret,
}

const PROTECT: &str = "Add-Type -AssemblyName System.Security; $k=[Text.Encoding]::UTF8.GetBytes([Console]::In.ReadToEnd()); \
    [Convert]::ToBase64String([Security.Cryptography.ProtectedData]::Protect($k,$null,'CurrentUser'))";
const UNPROTECT: &str = "Add-Type -AssemblyName System.Security; $k=[Convert]::FromBase64String([Console]::In.ReadToEnd()); \
    [Console]::Out.Write([Text.Encoding]::UTF8.GetString([Security.Cryptography.ProtectedData]::Unprotect($k,$null,'CurrentUser')))";

impl Keychain {
    /// The keychain of this machine, where it has one that works without asking: a desktop session on Linux
    /// (`lookup` reads the environment), always on macOS and Windows. `directory` is Keyway's own.
    pub fn find(directory: &Path, lookup: impl Fn(&str) -> Option<String>) -> Option<Self> {
        if cfg!(target_os = "macos") {
            return Some(Self::Mac("/usr/bin/security".into()));
        }
        let path = lookup("PATH").unwrap_or_default();
        let program = |name: &str| {
            std::env::split_paths(&path)
                .map(|at| at.join(name))
                .find(|at| at.is_file())
        };
        if cfg!(windows) {
            let file = directory.join("sealing-key.dpapi");
            return program("powershell.exe").map(|program| Self::Windows { program, file });
        }
        lookup("DBUS_SESSION_BUS_ADDRESS").filter(|address| !address.is_empty())?;
        program("secret-tool").map(Self::SecretService)
    }

    /// The name for messages.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SecretService(_) => "the desktop's keyring",
            Self::Mac(_) => "the macOS keychain",
            Self::Windows { .. } => "Windows data protection",
        }
    }

    /// The key, where one was put.
    ///
    /// # Errors
    /// What the program said when it could not be asked; not having a key is no error.
    pub fn get(&self) -> Result<Option<Secret>, String> {
        let Some(errand) = self.getting()? else {
            return Ok(None);
        };
        let (worked, output, said) = run(&errand)?;
        let output = Secret::new(output.expose().trim());
        // Each of these programs fails when it knows no such entry, and says nothing or says so.
        let nothing = said.trim().is_empty() || said.contains("could not be found");
        match (worked, output.is_empty()) {
            (true, false) => Ok(Some(output)),
            (true, true) => Ok(None),
            (false, _) if nothing => Ok(None),
            (false, _) => Err(said),
        }
    }

    /// Keeps the key.
    ///
    /// # Errors
    /// What the program said.
    pub fn put(&self, key: &Secret) -> Result<(), String> {
        let (worked, output, said) = run(&self.putting(key))?;
        match self {
            _ if !worked => Err(said),
            Self::Windows { file, .. } => super::files::replace(file, output.expose().trim().as_bytes())
                .map_err(|error| error.to_string()),
            _ => Ok(()),
        }
    }

    fn getting(&self) -> Result<Option<Errand>, String> {
        let (program, arguments, input) = match self {
            Self::SecretService(program) => (
                program,
                words(&["lookup", "service", SERVICE, "account", ACCOUNT]),
                None,
            ),
            Self::Mac(program) => (
                program,
                words(&["find-generic-password", "-s", SERVICE, "-a", ACCOUNT, "-w"]),
                None,
            ),
            Self::Windows { program, file } => {
                let Some(protected) = super::files::read_if_there(file).map_err(|error| error.to_string())?
                else {
                    return Ok(None);
                };
                (
                    program,
                    words(&["-NoProfile", "-NonInteractive", "-Command", UNPROTECT]),
                    Some(protected),
                )
            }
        };
        Ok(Some(Errand {
            program: program.clone(),
            arguments,
            input: Secret::new(input.unwrap_or_default()),
        }))
    }

    fn putting(&self, key: &Secret) -> Errand {
        let (program, arguments, input) = match self {
            Self::SecretService(program) => {
                let label = "--label=Keyway sealing key";
                let arguments = words(&["store", label, "service", SERVICE, "account", ACCOUNT]);
                (program, arguments, key.clone())
            }
            // `-i` reads the command itself from standard input; the key is base64url, so it needs no quotes.
            Self::Mac(program) => {
                let line = format!(
                    "add-generic-password -U -s {SERVICE} -a {ACCOUNT} -w {}\n",
                    key.expose()
                );
                (program, words(&["-i"]), Secret::new(line))
            }
            Self::Windows { program, .. } => (
                program,
                words(&["-NoProfile", "-NonInteractive", "-Command", PROTECT]),
                key.clone(),
            ),
        };
        Errand {
            program: program.clone(),
            arguments,
            input,
        }
    }
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// Runs it: whether it succeeded, what it printed, what it complained about.
fn run(errand: &Errand) -> Result<(bool, Secret, String), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", errand.program.display());
    let mut child = Command::new(&errand.program)
        .args(&errand.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // A program that does not read its input closes it; its status tells whether that was right.
        let _ = input.write_all(errand.input.expose().as_bytes());
    }
    let output = child.wait_with_output().map_err(failed)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((
        output.status.success(),
        Secret::new(text(&output.stdout)),
        text(&output.stderr),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_never_an_argument() {
        let key = Secret::new("canary-5d1f");
        for keychain in [
            Keychain::SecretService("secret-tool".into()),
            Keychain::Mac("security".into()),
            Keychain::Windows {
                program: "powershell.exe".into(),
                file: "none".into(),
            },
        ] {
            let errand = keychain.putting(&key);
            assert!(!errand.arguments.join(" ").contains("canary"));
            assert!(errand.input.expose().contains("canary"));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_keychain_needs_its_program_and_a_session() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("secret-tool"), "").unwrap();
        let find = |bus: &'static str| {
            let path = directory.path().display().to_string();
            Keychain::find(directory.path(), move |name| match name {
                "PATH" => Some(path.clone()),
                "DBUS_SESSION_BUS_ADDRESS" => Some(bus.to_owned()),
                _ => None,
            })
        };
        assert_eq!(
            find("unix:x"),
            Some(Keychain::SecretService(directory.path().join("secret-tool")))
        );
        assert_eq!(find(""), None);
        assert_eq!(Keychain::find(directory.path(), |_| None), None);
    }

    #[test]
    #[cfg(unix)]
    fn what_was_put_is_got() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("secret-tool");
        let kept = directory.path().join("kept");
        // A stand-in for libsecret's program: keeps what it is given, fails silently when it has nothing.
        let script = format!(
            "#!/bin/sh\ncase $1 in store) cat > {0};; lookup) cat {0} 2>/dev/null;; esac\n",
            kept.display()
        );
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let keychain = Keychain::SecretService(program.clone());
        assert_eq!(keychain.get(), Ok(None));
        keychain.put(&Secret::new("k1")).unwrap();
        assert_eq!(keychain.get(), Ok(Some(Secret::new("k1"))));
        std::fs::write(&program, "#!/bin/sh\necho locked >&2; exit 1\n").unwrap();
        assert_eq!(keychain.get(), Err("locked\n".to_owned()));
    }
}
