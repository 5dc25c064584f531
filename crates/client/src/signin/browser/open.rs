//! Opening the person's browser, by the command of each operating system.

use std::{
    io,
    process::{Command, Stdio},
};

/// Opens `url`. `BROWSER` wins where it is set. The command is started and not waited for.
///
/// # Errors
/// When no command could be started; show the address instead.
pub fn open_browser(url: &str) -> io::Result<()> {
    let chosen = std::env::var("BROWSER")
        .ok()
        .filter(|browser| !browser.trim().is_empty());
    let mut command = match &chosen {
        Some(browser) => Command::new(browser),
        None if cfg!(windows) => {
            let mut command = Command::new("rundll32");
            command.arg("url.dll,FileProtocolHandler");
            command
        }
        None if cfg!(target_os = "macos") => Command::new("open"),
        None => Command::new("xdg-open"),
    };
    command
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Collected on a thread of its own, so that it leaves no zombie however long the browser runs.
    std::thread::spawn(move || child.wait());
    Ok(())
}
