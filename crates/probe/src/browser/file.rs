//! The cookies of a browser in a file, in the Netscape format that extensions of browsers and curl write: a line for
//! each cookie with seven fields between tabs.

use types::{Secret, Timestamp};

use super::jar::{Jar, Kept};

/// What marks a cookie that scripts cannot read; other lines with a hash are comments.
const HTTP_ONLY: &str = "#HttpOnly_";
const HEAD: &str = "# Netscape HTTP Cookie File\n";

/// Why a file of cookies cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCookies {
    /// A line is no cookie.
    #[error(
        "line {0} has no seven fields with tabs between them: domain, subdomains, path, secure, expiry, name, value"
    )]
    Line(usize),
    /// There is none in it.
    #[error("it holds no cookie")]
    None,
}

impl Jar {
    /// Reads a file of cookies.
    ///
    /// # Errors
    /// [`BadCookies`]; it names lines and never what stands in them.
    pub fn read(text: &str) -> Result<Self, BadCookies> {
        let mut jar = Self::default();
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let (line, http_only) = match line.strip_prefix(HTTP_ONLY) {
                Some(rest) => (rest, true),
                None => (line, false),
            };
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let fields: Vec<&str> = line.split('\t').collect();
            let &[domain, wide, path, secure, expires, name, ref value @ ..] = &fields[..] else {
                return Err(BadCookies::Line(at + 1));
            };
            let (Ok(expires), [value] | [value, ..]) = (expires.trim().parse::<f64>(), value) else {
                return Err(BadCookies::Line(at + 1));
            };
            let yes = |field: &str| field.eq_ignore_ascii_case("true");
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a date beyond all days is the last one"
            )]
            let date = expires as i64;
            jar.keep(Kept {
                name: name.to_owned(),
                value: Secret::new(*value),
                domain: domain.trim_start_matches('.').to_ascii_lowercase(),
                host_only: !yes(wide),
                path: path.to_owned(),
                secure: yes(secure),
                http_only,
                same_site: None,
                // 0 stands for the end of the browser's session.
                expires: (date > 0).then(|| Timestamp::from_seconds(date.min(LAST))),
            });
        }
        match jar.cookies.is_empty() {
            true => Err(BadCookies::None),
            false => Ok(jar),
        }
    }

    /// The same as a file.
    pub fn to_file(&self) -> Secret {
        let word = |yes: bool| if yes { "TRUE" } else { "FALSE" };
        let mut text = HEAD.to_owned();
        for one in &self.cookies {
            let (mark, dot) = (
                if one.http_only { HTTP_ONLY } else { "" },
                if one.host_only { "" } else { "." },
            );
            let line = [
                &format!("{mark}{dot}{}", one.domain),
                word(!one.host_only),
                &one.path,
                word(one.secure),
                &one.expires.map_or(0, Timestamp::seconds).to_string(),
                &one.name,
                one.value.expose(),
            ];
            text.push_str(&line.join("\t"));
            text.push('\n');
        }
        Secret::new(text)
    }
}

/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_written_alike() {
        let text = "# Netscape HTTP Cookie File\n\
            #HttpOnly_a.example\tFALSE\t/\tTRUE\t0\t__Host-s\tcanary\n\
            .b.example\tTRUE\t/x\tFALSE\t1800000000\tn\t\n";
        let jar = Jar::read(text).unwrap();
        assert_eq!(jar.to_file().expose(), text);
        let now = Timestamp::from_seconds(1_700_000_000);
        let header = |url: &str| jar.send(&url.parse().unwrap(), super::super::jar::Way::default(), now);
        assert_eq!(header("https://a.example/y").1.expose(), "__Host-s=canary");
        assert_eq!(header("https://z.b.example/x").0, ["n"]);
    }

    #[test]
    fn what_is_no_such_file_is_told_without_its_secrets() {
        let told = |text: &str| Jar::read(text).map(|_| ()).unwrap_err().to_string();
        assert!(told("# only a comment\n").contains("holds no cookie"));
        let text = told("\na.example\tFALSE\t/\tTRUE\tcanary");
        assert!(text.starts_with("line 2 ") && !text.contains("canary"), "{text}");
        assert!(told("a\tFALSE\t/\tTRUE\tsoon\tn\tv").starts_with("line 1 "));
    }
}
