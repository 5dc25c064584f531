//! Moments in a world file, relative to when it is loaded: a secret that expired yesterday is always
//! yesterday's.

use std::str::FromStr;

use types::Timestamp;

/// A moment, fixed or relative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// This one.
    Moment(Timestamp),
    /// So many seconds from now; negative is past.
    FromNow(i64),
}

/// The text is neither.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a moment; write one like \"+12 months\", \"-1 day\", \"+90 seconds\" or \"2027-01-31T00:00:00Z\""
)]
pub struct BadWhen(String);

const DAY: i64 = 86_400;

impl FromStr for When {
    type Err = BadWhen;

    fn from_str(text: &str) -> Result<Self, BadWhen> {
        if let Some(moment) = Timestamp::parse_rfc3339(text) {
            return Ok(Self::Moment(moment));
        }
        relative(text)
            .map(Self::FromNow)
            .ok_or_else(|| BadWhen(text.to_owned()))
    }
}

/// `+12 months` in seconds. A month is the twelfth part of 365.25 days, so 24 of them are within the 24
/// months a client secret may live.
pub fn relative(text: &str) -> Option<i64> {
    let signed = text.strip_prefix(['+', '-'])?;
    let (number, unit) = signed.trim_start().split_once(' ').map_or_else(
        // `+90s`: the unit begins where the digits end.
        || signed.split_at(signed.find(|c: char| !c.is_ascii_digit()).unwrap_or(signed.len())),
        |(number, unit)| (number, unit.trim()),
    );
    let seconds = match unit
        .strip_suffix('s')
        .filter(|unit| unit.len() > 1)
        .unwrap_or(unit)
    {
        "s" | "second" | "sec" => 1,
        "m" | "minute" | "min" => 60,
        "h" | "hour" => 3_600,
        "d" | "day" => DAY,
        "w" | "week" => 7 * DAY,
        "month" => 2_629_800,
        "y" | "year" => 12 * 2_629_800,
        _ => return None,
    };
    let total = number
        .parse::<i64>()
        .ok()
        .filter(|_| !number.starts_with(['+', '-']))?
        .checked_mul(seconds)?;
    Some(if text.starts_with('-') { -total } else { total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_and_fixed() {
        for (text, seconds) in [
            ("+12 months", 31_557_600),
            ("-1 day", -DAY),
            ("+ 2 weeks", 14 * DAY),
            ("+90s", 90),
            ("-5m", -300),
            ("+8h", 28_800),
        ] {
            assert_eq!(text.parse(), Ok(When::FromNow(seconds)), "{text}");
        }
        let moment = "2027-01-31T00:00:00Z";
        assert_eq!(
            moment.parse(),
            Ok(When::Moment(Timestamp::parse_rfc3339(moment).unwrap()))
        );
    }

    #[test]
    fn anything_else_is_named() {
        for text in [
            "",
            "12 months",
            "+",
            "+ months",
            "+1 fortnight",
            "+-1 day",
            "soon",
            "+99999999999999999 years",
        ] {
            assert_eq!(text.parse::<When>(), Err(BadWhen(text.to_owned())));
        }
    }
}
