//! What tests share. It depends on no other crate of the house, so that every one may use it in its tests.
//!
//! A requirement is a row of `docs/requirements.tsv`, and a row is done when a test can fail on it. A test says
//! which rows it proves, and `cargo run -p xtask -- rows` prints the ledger:
//!
//! ```
//! # fn region_labels_map_both_ways() {
//! testkit::rows!("003-22");
//! # }
//! ```
//!
//! The same in Python is `@pytest.mark.rows("003-22")`; in Node the test's name ends in `[rows: 003-22]`.

#[cfg(feature = "tls")]
#[expect(clippy::unwrap_used, reason = "a panic is how a test that cannot begin ends")]
mod authority;

#[cfg(feature = "tls")]
pub use authority::Authority;

/// Says which rows the surrounding test proves. It compiles to nothing; a malformed row does not compile.
///
/// Write it as the test's first statement: `xtask` reads the source and takes the nearest `fn` above it.
#[macro_export]
macro_rules! rows {
    ($($row:literal),+ $(,)?) => {
        const _: () = { $(assert!($crate::is_row($row), "a row reads like 003-24");)+ };
    };
}

/// Whether `text` has the form of a row: three digits, a hyphen, two digits.
pub const fn is_row(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 6 {
        return false;
    }
    let mut at = 0;
    while at < 6 {
        let fits = if at == 3 {
            bytes[at] == b'-'
        } else {
            bytes[at].is_ascii_digit()
        };
        if !fits {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_row;

    #[test]
    fn three_digits_hyphen_two_digits() {
        assert!(is_row("003-24"));
        for bad in ["", "003-2", "3-24", "003-240", "003_24", "0o3-24", "００3-24"] {
            assert!(!is_row(bad), "{bad}");
        }
    }
}
