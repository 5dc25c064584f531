//! The regions of Dynamics 365 online, as data (facts/organization.md 1.1 and 1.2; rows 003-20 and 003-22).

use serde::{Deserialize, Serialize};

use crate::Host;

/// A sovereign boundary: its own sign-in host and its own global discovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// The worldwide commercial cloud.
    Commercial,
    /// United States Government Community Cloud: commercial sign-in, discovery of its own.
    Gcc,
    /// United States Government, high.
    GccHigh,
    /// United States Department of Defense.
    Dod,
    /// Operated by 21Vianet.
    China,
    /// The closed German cloud; kept so that an old address is named, not puzzled over.
    GermanyClosed,
}

impl Cloud {
    /// The cloud whose people sign in at a host; old names and aliases count (facts/identity.md 1.2). Of clouds that share
    /// a host, one.
    pub fn of_login_host(host: &str) -> Option<Self> {
        Some(match host {
            "login.microsoftonline.com"
            | "login.windows.net"
            | "login.microsoft.com"
            | "sts.windows.net"
            | "login.live.com" => Self::Commercial,
            "login.microsoftonline.us" | "login.usgovcloudapi.net" | "login-us.microsoftonline.com" => {
                Self::GccHigh
            }
            "login.partner.microsoftonline.cn" | "login.chinacloudapi.cn" => Self::China,
            "login.microsoftonline.de" => Self::GermanyClosed,
            _ => return None,
        })
    }

    /// The host that signs people in.
    pub const fn login_host(self) -> &'static str {
        match self {
            Self::Commercial | Self::Gcc => "login.microsoftonline.com",
            Self::GccHigh | Self::Dod => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
            Self::GermanyClosed => "login.microsoftonline.de",
        }
    }

    /// The global discovery host; the closed German cloud has none.
    pub const fn discovery_host(self) -> Option<&'static str> {
        match self {
            Self::Commercial => Some("globaldisco.crm.dynamics.com"),
            Self::Gcc => Some("globaldisco.crm9.dynamics.com"),
            Self::GccHigh => Some("globaldisco.crm.microsoftdynamics.us"),
            Self::Dod => Some("globaldisco.crm.appsplatform.us"),
            Self::China => Some("globaldisco.crm.dynamics.cn"),
            Self::GermanyClosed => None,
        }
    }
}

/// One region. The suffix identifies it: `contoso` + `.` + suffix is an organization's host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// What follows the organization's name: `crm4.dynamics.com`.
    pub suffix: std::borrow::Cow<'static, str>,
    /// The name people use.
    pub name: std::borrow::Cow<'static, str>,
    /// `Region` of global discovery and the label in tools: `EMEA`.
    pub code: std::borrow::Cow<'static, str>,
    /// Which cloud it belongs to.
    pub cloud: Cloud,
    /// Whether Microsoft lists it for customers. The others exist but are not offered.
    pub listed: bool,
}

const fn region(
    suffix: &'static str,
    name: &'static str,
    code: &'static str,
    cloud: Cloud,
    listed: bool,
) -> Region {
    use std::borrow::Cow::Borrowed;
    Region {
        suffix: Borrowed(suffix),
        name: Borrowed(name),
        code: Borrowed(code),
        cloud,
        listed,
    }
}

/// Every region the fact sheet knows. There is no evidence of a `crm13`.
pub static REGIONS: &[Region] = &[
    region("crm.dynamics.com", "North America", "NA", Cloud::Commercial, true),
    region(
        "crm2.dynamics.com",
        "South America",
        "LATAM",
        Cloud::Commercial,
        true,
    ),
    region("crm3.dynamics.com", "Canada", "CAN", Cloud::Commercial, true),
    region(
        "crm4.dynamics.com",
        "Europe, Middle East, Africa",
        "EMEA",
        Cloud::Commercial,
        true,
    ),
    region(
        "crm5.dynamics.com",
        "Asia Pacific",
        "APAC",
        Cloud::Commercial,
        true,
    ),
    region("crm6.dynamics.com", "Oceania", "OCE", Cloud::Commercial, true),
    region("crm7.dynamics.com", "Japan", "JPN", Cloud::Commercial, true),
    region("crm8.dynamics.com", "India", "IND", Cloud::Commercial, true),
    region(
        "crm9.dynamics.com",
        "United States Government (GCC)",
        "GCC",
        Cloud::Gcc,
        true,
    ),
    region(
        "crm10.dynamics.com",
        "Microsoft test ring (unverified)",
        "TIE",
        Cloud::Commercial,
        false,
    ),
    region(
        "crm11.dynamics.com",
        "United Kingdom",
        "GBR",
        Cloud::Commercial,
        true,
    ),
    region("crm12.dynamics.com", "France", "FRA", Cloud::Commercial, true),
    region(
        "crm14.dynamics.com",
        "South Africa",
        "ZAF",
        Cloud::Commercial,
        true,
    ),
    region(
        "crm15.dynamics.com",
        "United Arab Emirates",
        "UAE",
        Cloud::Commercial,
        true,
    ),
    region("crm16.dynamics.com", "Germany", "GER", Cloud::Commercial, true),
    region(
        "crm17.dynamics.com",
        "Switzerland",
        "CHE",
        Cloud::Commercial,
        true,
    ),
    region(
        "crm18.dynamics.com",
        "unverified (crm18)",
        "CRM18",
        Cloud::Commercial,
        false,
    ),
    region("crm19.dynamics.com", "Norway", "NOR", Cloud::Commercial, true),
    region("crm20.dynamics.com", "Singapore", "SGP", Cloud::Commercial, true),
    region("crm21.dynamics.com", "Korea", "KOR", Cloud::Commercial, true),
    region(
        "crm22.dynamics.com",
        "Sweden (unverified)",
        "SWE",
        Cloud::Commercial,
        false,
    ),
    region(
        "crm23.dynamics.com",
        "unverified (crm23)",
        "CRM23",
        Cloud::Commercial,
        false,
    ),
    region(
        "crm24.dynamics.com",
        "unverified (crm24)",
        "CRM24",
        Cloud::Commercial,
        false,
    ),
    region(
        "crm.microsoftdynamics.us",
        "United States Government (GCC High)",
        "USG",
        Cloud::GccHigh,
        true,
    ),
    region(
        "crm.appsplatform.us",
        "United States Department of Defense",
        "DOD",
        Cloud::Dod,
        true,
    ),
    region("crm.dynamics.cn", "China (21Vianet)", "CHN", Cloud::China, true),
    region(
        "crm.microsoftdynamics.de",
        "Germany (closed cloud)",
        "DEU",
        Cloud::GermanyClosed,
        false,
    ),
];

/// The built-in regions plus those a world or a user added.
#[derive(Clone, Debug, Default)]
pub struct RegionTable {
    added: Vec<Region>,
}

impl RegionTable {
    /// The built-in regions and `added`; an added region wins where suffixes are equal.
    pub fn with(added: Vec<Region>) -> Self {
        Self { added }
    }

    /// Every region, added ones first.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.added.iter().chain(REGIONS)
    }

    /// By suffix (`crm4.dynamics.com`), first label (`crm4`), code or name, each without case.
    pub fn find(&self, text: &str) -> Option<&Region> {
        let same = |a: &str| a.eq_ignore_ascii_case(text);
        let label = |region: &&Region| region.cloud == Cloud::Commercial || region.cloud == Cloud::Gcc;
        self.iter()
            .find(|r| same(&r.suffix) || same(&r.code) || same(&r.name))
            .or_else(|| {
                self.iter()
                    .filter(label)
                    .find(|r| r.suffix.split('.').next().is_some_and(same))
            })
    }

    /// The region a host lies in and what stands before its suffix: `contoso` or `contoso.api`.
    pub fn of_host<'h>(&self, host: &'h Host) -> Option<(&Region, &'h str)> {
        self.iter().find_map(|region| {
            let before = host.as_str().strip_suffix(&*region.suffix)?;
            Some((region, before.strip_suffix('.')?)).filter(|(_, name)| !name.is_empty())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nine_of_seed_003_map_both_ways() {
        let table = RegionTable::default();
        let nine = [
            ("crm", "NA"),
            ("crm2", "LATAM"),
            ("crm3", "CAN"),
            ("crm4", "EMEA"),
            ("crm5", "APAC"),
            ("crm6", "OCE"),
            ("crm7", "JPN"),
            ("crm8", "IND"),
            ("crm9", "GCC"),
        ];
        for (label, code) in nine {
            assert_eq!(table.find(label).unwrap().code, code);
            assert_eq!(table.find(code).unwrap().suffix, format!("{label}.dynamics.com"));
        }
        assert!(table.find("crm13").is_none());
    }

    #[test]
    fn suffixes_and_codes_name_one_region_each() {
        for (i, a) in REGIONS.iter().enumerate() {
            for b in &REGIONS[i + 1..] {
                assert_ne!(a.suffix, b.suffix);
                assert_ne!(a.code, b.code);
            }
        }
    }

    #[test]
    fn a_host_lies_in_one_region() {
        let table = RegionTable::default();
        let of = |name: &str| {
            let host: Host = name.parse().unwrap();
            table
                .of_host(&host)
                .map(|(r, n)| (r.code.to_string(), n.to_owned()))
        };
        assert_eq!(
            of("contoso.crm4.dynamics.com"),
            Some(("EMEA".into(), "contoso".into()))
        );
        assert_eq!(
            of("contoso.api.crm.dynamics.com"),
            Some(("NA".into(), "contoso.api".into()))
        );
        assert_eq!(
            of("contoso.crm.microsoftdynamics.us"),
            Some(("USG".into(), "contoso".into()))
        );
        for none in [
            "contoso.dynamics.com",
            "crm4.dynamics.com",
            "contoso.crm13.dynamics.com",
            "xcrm4.dynamics.com.evil.net",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn an_added_region_is_found() {
        let mut extra = REGIONS[0].clone();
        extra.suffix = "crm99.dynamics.com".into();
        extra.code = "MOON".into();
        assert_eq!(RegionTable::with(vec![extra]).find("crm99").unwrap().code, "MOON");
    }
}
