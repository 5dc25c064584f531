//! Where Keyway keeps its files, by the habits of each operating system.

use std::{env, path::PathBuf};

/// Profiles and sealed secrets: `KEYWAY_CONFIG_DIR`, else the platform's configuration directory + `keyway`.
/// `None` when the system knows no home directory.
pub fn config_dir() -> Option<PathBuf> {
    directory("KEYWAY_CONFIG_DIR", "XDG_CONFIG_HOME", ".config", "APPDATA")
}

/// What can be made again, such as the stand-in's certificate authority: `KEYWAY_STATE_DIR`, else the
/// platform's state directory + `keyway`. `None` when the system knows no home directory.
pub fn state_dir() -> Option<PathBuf> {
    directory(
        "KEYWAY_STATE_DIR",
        "XDG_STATE_HOME",
        ".local/state",
        "LOCALAPPDATA",
    )
}

fn directory(own: &str, xdg: &str, below_home: &str, windows: &str) -> Option<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(own) = set(own) {
        return Some(own);
    }
    let base = if cfg!(windows) {
        set(windows)
    } else if cfg!(target_os = "macos") {
        env::home_dir().map(|home| home.join("Library/Application Support"))
    } else {
        // A relative value is to be ignored (XDG Base Directory Specification).
        let absolute = set(xdg).filter(|path| path.is_absolute());
        absolute.or_else(|| env::home_dir().map(|home| home.join(below_home)))
    };
    base.map(|base| base.join("keyway"))
}
