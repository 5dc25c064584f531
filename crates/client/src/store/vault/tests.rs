//! Sealing, and what must not open.

use super::*;
use tempfile::tempdir;
use types::SystemChance;

fn name(text: &str) -> ProfileName {
    text.parse().unwrap()
}

fn vault(directory: &Path, phrase: &'static str) -> Vault {
    let ask = move |_| {
        if phrase.is_empty() {
            Err(VaultError::NoPassPhrase)
        } else {
            Ok(Secret::new(phrase))
        }
    };
    Vault::new(
        directory.to_owned(),
        None,
        KeyKind::PassPhrase,
        Arc::new(SystemChance),
        Box::new(ask),
    )
}

fn secrets() -> Secrets {
    Secrets {
        client_secret: Some(SecretText::new("canary-3b7c")),
        ..Secrets::default()
    }
}

#[test]
fn what_was_sealed_opens_with_the_phrase_only() {
    let directory = tempdir().unwrap();
    vault(directory.path(), "correct horse")
        .write(&name("a"), &secrets())
        .unwrap();
    let file = std::fs::read_to_string(directory.path().join("a.json")).unwrap();
    assert!(!file.contains("canary"), "{file}");
    assert_eq!(
        vault(directory.path(), "correct horse").read(&name("a")).unwrap(),
        secrets()
    );
    let wrong = vault(directory.path(), "wrong").read(&name("a")).unwrap_err();
    assert!(matches!(wrong, VaultError::WrongPassPhrase(_)), "{wrong}");
    assert_eq!(wrong.class(), Class::NotSignedIn);
    assert!(matches!(
        vault(directory.path(), "").read(&name("a")),
        Err(VaultError::NoPassPhrase)
    ));
}

#[test]
fn a_file_moved_to_another_profile_does_not_open() {
    let directory = tempdir().unwrap();
    let vault = vault(directory.path(), "p");
    vault.write(&name("a"), &secrets()).unwrap();
    std::fs::copy(directory.path().join("a.json"), directory.path().join("b.json")).unwrap();
    assert!(vault.read(&name("b")).is_err());
    vault.rename(&name("a"), &name("c")).unwrap();
    assert_eq!(vault.read(&name("c")).unwrap(), secrets());
    assert_eq!(vault.read(&name("a")).unwrap(), Secrets::default());
}

#[test]
fn a_slip_of_the_finger_seals_nothing() {
    let directory = tempdir().unwrap();
    vault(directory.path(), "first")
        .write(&name("a"), &secrets())
        .unwrap();
    let slip = vault(directory.path(), "frist").write(&name("b"), &secrets());
    assert!(matches!(slip, Err(VaultError::WrongPassPhrase(_))));
    vault(directory.path(), "first")
        .write(&name("b"), &secrets())
        .unwrap();
}

#[test]
fn a_changed_file_is_told() {
    let directory = tempdir().unwrap();
    for text in [
        "",
        "{}",
        r#"{"schema":"other/1","key":"pass-phrase","sealed":"v1.x.y"}"#,
    ] {
        std::fs::write(directory.path().join("a.json"), text).unwrap();
        assert!(
            matches!(
                vault(directory.path(), "p").read(&name("a")),
                Err(VaultError::Broken(_))
            ),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_lock_is_held_by_one_at_a_time() {
    let directory = tempdir().unwrap();
    let vault = vault(directory.path(), "p");
    let held = vault.lock(&name("a")).await.unwrap();
    let second = File::options()
        .write(true)
        .open(directory.path().join("a.lock"))
        .unwrap();
    assert!(matches!(
        second.try_lock(),
        Err(std::fs::TryLockError::WouldBlock)
    ));
    drop(held);
    second.try_lock().unwrap();
}

#[test]
#[cfg(unix)]
fn a_keychain_keeps_one_key_for_all_and_old_files_stay_as_they_were() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempdir().unwrap();
    let programs = tempdir().unwrap();
    let program = programs.path().join("secret-tool");
    let kept = program.with_extension("kept");
    let script = format!(
        "#!/bin/sh\ncase $1 in store) cat > {0};; lookup) cat {0} 2>/dev/null;; esac\n",
        kept.display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    vault(directory.path(), "p")
        .write(&name("old"), &secrets())
        .unwrap();
    let with = |prefer| {
        let keychain = Some(Keychain::SecretService(program.clone()));
        Vault::new(
            directory.path().to_owned(),
            keychain,
            prefer,
            Arc::new(SystemChance),
            Box::new(|_| Ok(Secret::new("p"))),
        )
    };
    let vault = with(KeyKind::Keychain);
    vault.write(&name("new"), &secrets()).unwrap();
    vault.write(&name("old"), &secrets()).unwrap();
    let kind = |file: &str| std::fs::read_to_string(directory.path().join(file)).unwrap();
    assert!(kind("new.json").contains("\"keychain\"") && kind("old.json").contains("\"pass-phrase\""));
    // Preferring a pass phrase for new files still opens those that the keychain's key sealed.
    assert_eq!(with(KeyKind::PassPhrase).read(&name("new")).unwrap(), secrets());
    std::fs::remove_file(&kept).unwrap();
    assert!(matches!(vault.read(&name("new")), Err(VaultError::KeyGone(_))));
}
