//! A number that remembers whether it was written as text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Seconds, as `3599` (version 2) or `"3599"` (version 1). Reads both, and a fraction cut down to whole
/// seconds; writes the form it was made in. MSAL Python fails on a textual `refresh_in`, adal on a numeric
/// `expires_on`, so the form is part of the message (facts/identity.md 1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireNumber {
    value: i64,
    text: bool,
}

impl WireNumber {
    /// As version 2 writes it: `3599`.
    pub const fn number(value: i64) -> Self {
        Self { value, text: false }
    }

    /// As version 1 writes it: `"3599"`.
    pub const fn text(value: i64) -> Self {
        Self { value, text: true }
    }

    /// The value.
    pub const fn get(self) -> i64 {
        self.value
    }
}

impl Serialize for WireNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.text {
            to.collect_str(&self.value)
        } else {
            to.serialize_i64(self.value)
        }
    }
}

impl<'de> Deserialize<'de> for WireNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Either)
    }
}

struct Either;

impl de::Visitor<'_> for Either {
    type Value = WireNumber;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a number written as text")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<WireNumber, E> {
        Ok(WireNumber::number(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<WireNumber, E> {
        Ok(WireNumber::number(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<WireNumber, E> {
        whole(value)
            .map(WireNumber::number)
            .ok_or_else(|| E::custom("the number is out of range"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<WireNumber, E> {
        let text = text.trim();
        text.parse()
            .ok()
            .or_else(|| text.parse().ok().and_then(whole))
            .map(WireNumber::text)
            .ok_or_else(|| E::custom(format_args!("`{text}` is not a number")))
    }
}

/// The whole part, where it fits 53 bits, which every moment and lifetime does.
fn whole(value: f64) -> Option<i64> {
    // The bound makes the cast exact.
    (value.abs() < 9_007_199_254_740_992.0).then_some(value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_either_form_and_writes_it_back() {
        for (text, value) in [("3599", 3599), ("\"3599\"", 3599), ("-1", -1)] {
            let number: WireNumber = serde_json::from_str(text).unwrap();
            assert_eq!(number.get(), value);
            assert_eq!(serde_json::to_string(&number).unwrap(), text);
        }
    }

    #[test]
    fn fractions_are_cut_and_nonsense_is_refused() {
        assert_eq!(serde_json::from_str::<WireNumber>("1.9").unwrap().get(), 1);
        assert_eq!(
            serde_json::from_str::<WireNumber>("\" 1714558830.25 \"")
                .unwrap()
                .get(),
            1_714_558_830
        );
        for bad in ["\"soon\"", "\"\"", "true", "1e300", "\"NaN\""] {
            assert!(serde_json::from_str::<WireNumber>(bad).is_err(), "{bad}");
        }
    }
}
