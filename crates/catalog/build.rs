//! Packs the catalog's folders into one file, a line each, so that the binary carries them and reads them within milliseconds.
//! Whether they make sense is judged when they are loaded; here they only have to be readable.

use std::{env, fs, path::Path, process::ExitCode};

use serde_json::{Value, json};

fn main() -> ExitCode {
    match pack() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("cargo::error={why}");
            ExitCode::FAILURE
        }
    }
}

fn pack() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut causes = Vec::new();
    for entry in fs::read_dir(&root).map_err(|e| format!("{}: {e}", root.display()))? {
        let folder = entry.map_err(|e| e.to_string())?.path();
        let toml = folder.join("cause.toml");
        if toml.is_file() {
            causes.push(cause(&folder, &toml)?);
        }
    }
    causes.sort_by_key(|cause| cause["id"].as_str().map(str::to_owned));
    let out = env::var("OUT_DIR").map_err(|e| e.to_string())?;
    let lines: String = causes.iter().map(|cause| format!("{cause}\n")).collect();
    fs::write(Path::new(&out).join("catalog.jsonl"), lines).map_err(|e| e.to_string())
}

fn cause(folder: &Path, toml: &Path) -> Result<Value, String> {
    println!("cargo::rerun-if-changed={}", toml.display());
    let article = folder.join("explain.en.md");
    println!("cargo::rerun-if-changed={}", article.display());
    let read = |path: &Path| fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()));
    let facts: Value = toml::from_str(&read(toml)?).map_err(|e| format!("{}: {e}", toml.display()))?;
    let id = folder.file_name().unwrap_or_default().to_string_lossy();
    Ok(json!({ "id": id, "cause": facts, "article": read(&article)? }))
}
