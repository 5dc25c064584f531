//! Packs the catalog's folders, parsed, so that the binary carries them and reads them within milliseconds: nothing is
//! parsed and no profile is made when the program starts.
//!
//! The modules are the crate's own, so what is packed is what they read. A folder that cannot be read stops the build;
//! whether all of them hold together is judged when the folder is loaded by the tests.

use std::{env, error::Error, fs, path::Path, process::ExitCode};

use article::Article;
use cause::Cause;
use profile::Profiles;

#[expect(dead_code, unreachable_pub, reason = "the build only reads and writes it")]
#[path = "src/article.rs"]
mod article;
#[expect(dead_code, unreachable_pub, reason = "the build only reads and writes it")]
#[path = "src/cause.rs"]
mod cause;
#[expect(dead_code, unreachable_pub, reason = "the build only reads and writes it")]
#[path = "src/condition.rs"]
mod condition;
#[path = "src/part.rs"]
mod part;
#[expect(dead_code, unreachable_pub, reason = "the build only reads and writes it")]
#[path = "src/phrase.rs"]
mod phrase;
#[expect(dead_code, unreachable_pub, reason = "the build only reads and writes it")]
#[path = "src/play.rs"]
mod play;
#[expect(dead_code, unreachable_pub, reason = "the build only reads and writes it")]
#[path = "src/profile.rs"]
mod profile;
#[expect(dead_code, unreachable_pub, reason = "the build only reads and writes it")]
#[path = "src/station.rs"]
mod station;
#[expect(dead_code, unreachable_pub, reason = "the build only reads and writes it")]
#[path = "src/words.rs"]
mod words;

fn main() -> ExitCode {
    match pack() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("cargo::error={why}");
            ExitCode::FAILURE
        }
    }
}

fn pack() -> Result<(), Box<dyn Error>> {
    // Asked for now: the script may have been compiled where the checkout lay before.
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../catalog");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut causes = Vec::new();
    for entry in fs::read_dir(&root).map_err(|why| format!("{}: {why}", root.display()))? {
        let folder = entry?.path();
        if folder.join("cause.toml").is_file() {
            causes.push(cause(&folder)?);
        }
    }
    causes.sort_by(|a, b| a.id.cmp(&b.id));
    let out = env::var("OUT_DIR")?;
    let profiles = Profiles::new(&causes);
    fs::write(Path::new(&out).join("causes"), postcard::to_allocvec(&causes)?)?;
    fs::write(
        Path::new(&out).join("profiles"),
        postcard::to_allocvec(&profiles)?,
    )?;
    Ok(())
}

fn cause(folder: &Path) -> Result<Cause, String> {
    let (facts, article) = (folder.join("cause.toml"), folder.join("explain.en.md"));
    let read = |path: &Path| {
        println!("cargo::rerun-if-changed={}", path.display());
        fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
    };
    Ok(Cause {
        id: folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        meta: toml::from_str(&read(&facts)?).map_err(|why| format!("{}: {why}", facts.display()))?,
        article: Article::parse(&read(&article)?).map_err(|why| format!("{}: {why}", article.display()))?,
    })
}
