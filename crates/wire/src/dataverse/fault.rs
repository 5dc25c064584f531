//! What a code of Dataverse consists of, and the three ways of writing it.

use std::fmt;

use crate::Grade;

/// One code and what goes with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of the constant in the SDK.
    pub name: &'static str,
    /// The number: `0x80040220`.
    pub code: u32,
    /// The sentence, with `{0}`, `{1}` … for what varies.
    pub template: &'static str,
    /// The HTTP status of the Web API's answer.
    pub status: u16,
    /// How sure we are of the sentence.
    pub grade: Grade,
    /// Where code and sentence were read.
    pub source: &'static str,
}

impl Fault {
    /// `0x80042f09`: as the Web API writes it, in lower case (seen in captures; the documentation prints
    /// either case, so compare without case).
    pub fn hex(&self) -> String {
        format!("0x{:08x}", self.code)
    }

    /// As SOAP and .NET write it.
    pub const fn signed(&self) -> i32 {
        self.code.cast_signed()
    }

    /// The sentence with its blanks filled, in order. A blank without a value keeps its braces.
    pub fn message(&self, values: &[&dyn fmt::Display]) -> String {
        let mut text = self.template.to_owned();
        for (i, value) in values.iter().enumerate() {
            text = text.replace(&format!("{{{i}}}"), &value.to_string());
        }
        text
    }
}

pub(super) const fn fault(
    name: &'static str,
    code: u32,
    status: u16,
    grade: Grade,
    source: &'static str,
    template: &'static str,
) -> Fault {
    Fault {
        name,
        code,
        template,
        status,
        grade,
        source,
    }
}
