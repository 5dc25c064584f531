//! The machine part of a cause: `cause.toml`, read strictly.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct as _};

use crate::{
    article::Article,
    condition::{Condition, Need},
    play::Play,
    station::Station,
    words::Words,
};

/// One cause, as its folder tells it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cause {
    /// The folder's name.
    pub id: String,
    /// The machine part.
    pub meta: Meta,
    /// The human part.
    pub article: Article,
}

impl Cause {
    /// Whether a number or a phrase leads here: an article's number, a code, or words of its article in order.
    pub fn is_about(&self, search: &str) -> bool {
        let number = search
            .trim()
            .trim_start_matches("KB")
            .trim_start_matches("kb")
            .trim();
        if self.meta.numbers.iter().any(|known| known == number) {
            return true;
        }
        let search = folded(search);
        // A number is one as a whole: 50053 is not in 650053.
        let is_number = search.bytes().all(|b| b.is_ascii_digit());
        let is_in = |text: &str| match is_number {
            true => text
                .split(' ')
                .any(|word| word.trim_start_matches("aadsts") == search),
            false => text.contains(&search),
        };
        let conditions = self
            .meta
            .rules
            .iter()
            .flat_map(Rule::conditions)
            .map(Condition::pattern);
        let texts = [
            &self.id,
            &self.article.title,
            &self.article.symptoms,
            &self.article.cause,
        ];
        let code = search.trim_start_matches("aadsts");
        texts.into_iter().any(|text| is_in(&folded(text)))
            || conditions
                .into_iter()
                .any(|pattern| pattern == search || pattern == code || is_in(&folded(pattern)))
    }
}

impl Meta {
    /// Why it is not played: for good, or what its family still waits for. None where it is.
    pub fn not_played(&self) -> Option<&str> {
        if self.play.is_some() {
            return None;
        }
        Some(self.unplayed.as_deref().unwrap_or(match self.family.as_str() {
            "email-profile" | "mailbox" | "sync" => "not yet: the stand-in plays no mail servers",
            "federation-ifd" => {
                "not yet: the stand-in plays no federation server and no deployment of one's own"
            }
            "outlook-client" => "not yet: the stand-in is not met by the Outlook client",
            "browser-session" => "not yet: it is met in a browser, where no doctor looks",
            _ => "not yet: no amendment arranges it, or no question of the doctor meets it",
        }))
    }

    /// Where on the way it breaks.
    pub fn station(&self) -> Station {
        self.station.unwrap_or_else(|| Station::of_family(&self.family))
    }

    /// What it says about itself beside its rules, name by name; what is not known is left out.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let known = |value: &Option<String>| value.clone().unwrap_or_default();
        let details = [
            ("Applies to", self.applies_to.words().to_owned()),
            ("Products", self.products.join(", ")),
            ("Versions", self.versions.join(", ")),
            ("Numbers", self.numbers.join(", ")),
            ("Topic", known(&self.topic)),
            ("Service", known(&self.service)),
            ("Component", known(&self.component)),
            ("Date", known(&self.date)),
            ("Reviewer", known(&self.reviewer)),
        ];
        details
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }
}

/// A text's words, each followed by a blank, as sentences are compared.
fn folded(text: &str) -> String {
    let mut words = Words::default();
    for line in text.lines() {
        words.push_line(line, 1);
    }
    let words: Vec<&str> = (0..words.len()).map(|at| words.text(at)).collect();
    words.join(" ")
}

/// `cause.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Meta {
    /// The family it is filed under.
    pub family: String,
    /// Where it can happen.
    pub applies_to: Platform,
    /// Whose move it is.
    pub who: Mover,
    /// The one question that would decide, when this cause is only possible.
    pub ask: String,
    /// Where on the way it breaks, where its family does not tell.
    pub station: Option<Station>,
    /// Article numbers that people search for.
    #[serde(default)]
    pub numbers: Vec<String>,
    /// Products by name, where it is about particular ones.
    #[serde(default)]
    pub products: Vec<String>,
    /// Versions it was described for.
    #[serde(default)]
    pub versions: Vec<String>,
    /// The article's topic.
    pub topic: Option<String>,
    /// The article's date.
    pub date: Option<String>,
    /// The article's reviewer; may be empty.
    pub reviewer: Option<String>,
    /// The service's part it is filed under.
    pub service: Option<String>,
    /// The version of the component it follows.
    pub component: Option<String>,
    /// Causes it is often taken for.
    #[serde(default)]
    pub see: Vec<String>,
    /// Why a stand-in can never arrange it. Absent where it can.
    pub unplayed: Option<String>,
    /// How it is played, where a stand-in arranges it.
    pub play: Option<Play>,
    /// Where it is documented.
    #[serde(default, rename = "reference")]
    pub references: Vec<Reference>,
    /// How facts recognize it.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// What rules it out although a rule matches.
    #[serde(default, rename = "exclude")]
    pub exclusions: Vec<Exclusion>,
}

/// Where a cause can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// At Microsoft's.
    Online,
    /// At one's own.
    OnPremises,
    /// At both.
    Any,
}

impl Platform {
    /// Where that is, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::OnPremises => "on premises",
            Self::Any => "online and on premises",
        }
    }
}

/// Whose move it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mover {
    /// The person who met it.
    Person,
    /// An administrator of the tenant, the organization or the server.
    Administrator,
    /// Whoever writes the program.
    Developer,
    /// Whoever runs the integration.
    Operator,
    /// Whoever runs the network.
    Network,
    /// The service's provider.
    Microsoft,
}

impl Mover {
    /// Who that is, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Person => "the person who signs in",
            Self::Administrator => "an administrator",
            Self::Developer => "the program's developer",
            Self::Operator => "whoever runs the integration",
            Self::Network => "whoever runs the network",
            Self::Microsoft => "Microsoft",
        }
    }
}

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Others say the same; a question would decide.
    Possible,
    /// This is what says so.
    Likely,
    /// The facts exclude the others.
    Certain,
}

impl Confidence {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// Where something is documented.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// What it is called.
    pub title: String,
    /// Its address, or a place in the fact sheets.
    pub url: String,
    /// When it was written or read.
    pub date: Option<String>,
}

impl Reference {
    /// Whether it has an address that everybody can open.
    pub fn is_public(&self) -> bool {
        self.url.starts_with("http")
    }
}

impl Serialize for Reference {
    /// A date that is not known is left out, and so is a place that nobody outside can open; but of what the binary
    /// carries, where a field is known by its place alone, nothing is.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let has_date = self.date.is_some() || !to.is_human_readable();
        let has_url = self.is_public() || !to.is_human_readable();
        let mut fields =
            to.serialize_struct("Reference", 1 + usize::from(has_url) + usize::from(has_date))?;
        fields.serialize_field("title", &self.title)?;
        if has_url {
            fields.serialize_field("url", &self.url)?;
        }
        if has_date {
            fields.serialize_field("date", &self.date)?;
        }
        fields.end()
    }
}

/// One way of recognizing a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// How sure it is.
    pub confidence: Confidence,
    /// Whether what failed is not to be relied on, because something that counts more succeeded (row 002-15).
    #[serde(default)]
    pub dismisses: bool,
    /// Every one must be met.
    pub all: Vec<Need>,
    /// None of these may be.
    #[serde(default)]
    pub none: Vec<Condition>,
    /// Where it is documented that this means that.
    pub source: String,
}

impl Rule {
    /// How telling it is; breaks ties between causes that are equally sure.
    pub fn weight(&self) -> usize {
        let least = |need: &Need| need.conditions().iter().map(Condition::weight).min().unwrap_or(0);
        self.all.iter().map(least).sum()
    }

    /// Every condition that it needs.
    pub fn needs(&self) -> impl Iterator<Item = &Condition> {
        self.all.iter().flat_map(Need::conditions)
    }

    /// Every condition in it.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.needs().chain(&self.none)
    }
}

/// Facts that rule a cause out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Any of these is enough.
    pub any: Vec<Condition>,
    /// Why, for the report.
    pub because: String,
}
