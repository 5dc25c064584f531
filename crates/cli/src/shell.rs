//! A command line as a person pastes it into their shell: the Bourne shells', on Windows PowerShell's.

/// `keyway` with these arguments, after the variables it needs.
pub(crate) fn pasted(variables: &[(&str, String)], arguments: &[String]) -> String {
    let mut words: Vec<String> = variables
        .iter()
        .map(|(name, value)| match cfg!(windows) {
            true => format!("$env:{name} = '{}';", value.replace('\'', "''")),
            false => format!("{name}={}", quoted(value)),
        })
        .collect();
    words.push("keyway".to_owned());
    words.extend(arguments.iter().map(|word| quoted(word)));
    words.join(" ")
}

/// In quotes, unless no shell sees more in it than its characters.
fn quoted(word: &str) -> String {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || "-_./:=+".contains(c) || (c == '@' && !cfg!(windows));
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let escape = if cfg!(windows) { "''" } else { "'\\''" };
    format!("'{}'", word.replace('\'', escape))
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::pasted;

    #[test]
    fn a_shell_reads_it_as_it_was() {
        let arguments = [
            "a b",
            "it's",
            "$HOME",
            "anna@contoso.com",
            "",
            "x;y",
            "https://h:1/?q=1&r",
        ];
        let arguments = arguments.map(str::to_owned);
        let line = pasted(&[("V", "1 'q' $x".to_owned())], &arguments);
        let script = format!("keyway() {{ printf '%s\\n' \"$V\" \"$@\"; }}; {line}");
        let out = Command::new("sh").args(["-c", &script]).output().unwrap();
        let told = String::from_utf8(out.stdout).unwrap();
        let told: Vec<&str> = told.lines().collect();
        assert_eq!(told[0], "1 'q' $x", "{line}");
        assert_eq!(told[1..], arguments, "{line}");
    }
}
