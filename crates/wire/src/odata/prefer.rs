//! The `Prefer` header (RFC 7240) and what of it Dataverse honors (facts/organization.md 3.3).

/// The annotation that carries what people read in place of a number or an id.
pub const FORMATTED_VALUE: &str = "OData.Community.Display.V1.FormattedValue";
/// The annotation that names the table a lookup points into.
pub const LOOKUP_LOGICAL_NAME: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";
/// The annotation that names the navigation property of a lookup.
pub const NAVIGATION_PROPERTY: &str = "Microsoft.Dynamics.CRM.associatednavigationproperty";

/// What the caller would like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefer {
    /// `return=representation`
    pub representation: bool,
    /// `odata.include-annotations="…"`: the pattern as sent, without quotes.
    pub annotations: Option<String>,
    /// `odata.maxpagesize=n`
    pub max_page_size: Option<u32>,
    /// `odata.continue-on-error`
    pub continue_on_error: bool,
    /// `odata.track-changes`
    pub track_changes: bool,
    /// `respond-async`
    pub respond_async: bool,
}

impl Prefer {
    /// Reads every `Prefer` header. What is not known is not honored, as RFC 7240 asks.
    pub fn read<'h>(headers: impl IntoIterator<Item = &'h str>) -> Self {
        let mut prefer = Self::default();
        for item in headers.into_iter().flat_map(items) {
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            let value = value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "return" => prefer.representation = value.eq_ignore_ascii_case("representation"),
                "odata.include-annotations" => prefer.annotations = Some(value.to_owned()),
                "odata.maxpagesize" => prefer.max_page_size = value.parse().ok().filter(|n| *n > 0),
                "odata.continue-on-error" => prefer.continue_on_error = value != "false",
                "odata.track-changes" => prefer.track_changes = true,
                "respond-async" => prefer.respond_async = true,
                _ => {}
            }
        }
        prefer
    }

    /// Whether an annotation is wanted: `*`, `a.b.*`, a full name, and `-` before what is not.
    pub fn wants(&self, annotation: &str) -> bool {
        let Some(patterns) = &self.annotations else {
            return false;
        };
        let mut wanted = false;
        for pattern in patterns.split(',').map(str::trim) {
            let (exclude, pattern) = pattern
                .strip_prefix('-')
                .map_or((false, pattern), |rest| (true, rest));
            let fits = match pattern.strip_suffix('*') {
                Some(prefix) => annotation.starts_with(prefix),
                None => annotation == pattern,
            };
            if fits && exclude {
                return false;
            }
            wanted |= fits;
        }
        wanted
    }

    /// Whether errors carry their annotations.
    pub fn annotates_errors(&self) -> bool {
        self.wants("Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus")
    }

    /// `Preference-Applied`, of what the answer did honor; empty when nothing.
    pub fn applied(&self, representation: bool, paged: bool) -> String {
        let mut applied = Vec::new();
        if representation && self.representation {
            applied.push("return=representation".to_owned());
        }
        if let Some(pattern) = &self.annotations {
            applied.push(format!("odata.include-annotations=\"{pattern}\""));
        }
        if let Some(size) = self.max_page_size.filter(|_| paged) {
            applied.push(format!("odata.maxpagesize={size}"));
        }
        applied.join(",")
    }
}

/// Splits at commas outside quotes.
fn items(header: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    header
        .split(move |c| {
            quoted ^= c == '"';
            c == ',' && !quoted
        })
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_clients_send() {
        let both =
            Prefer::read([r#"odata.maxpagesize=2,odata.include-annotations="a.b,*",return=representation"#]);
        assert_eq!(both.max_page_size, Some(2));
        assert!(both.representation && both.wants(FORMATTED_VALUE) && both.annotates_errors());
        assert_eq!(
            both.applied(true, true),
            r#"return=representation,odata.include-annotations="a.b,*",odata.maxpagesize=2"#
        );
        assert_eq!(
            Prefer::read(["odata.maxpagesize=0", "odata.continue-on-error"]).max_page_size,
            None
        );
        assert!(Prefer::read(["odata.maxpagesize=0", "odata.continue-on-error"]).continue_on_error);
    }

    #[test]
    fn patterns() {
        let with = |pattern: &str| Prefer {
            annotations: Some(pattern.into()),
            ..Prefer::default()
        };
        assert!(with("OData.Community.Display.V1.*").wants(FORMATTED_VALUE));
        assert!(!with("Microsoft.*").wants(FORMATTED_VALUE));
        assert!(!with("*,-OData.Community.Display.V1.FormattedValue").wants(FORMATTED_VALUE));
        assert!(!Prefer::default().wants(FORMATTED_VALUE));
    }
}
