//! The error body (facts/organization.md 3.4).

use serde::{Deserialize, Serialize};

/// `{"error":{…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// A hex string, `0x80040220`; `0x0` from the HTTP layer (unverified).
    #[serde(default)]
    pub code: String,
    /// The sentence.
    #[serde(default)]
    pub message: String,
    /// Older servers only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub innererror: Option<InnerError>,
    /// `0` everywhere it was seen.
    #[serde(
        rename = "@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub operation_status: Option<String>,
    /// The .NET exception's own code, signed.
    #[serde(
        rename = "@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub sub_error_code: Option<String>,
    /// A link with the code in it.
    #[serde(
        rename = "@Microsoft.PowerApps.CDS.HelpLink",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub help_link: Option<String>,
    /// The plug-in trace.
    #[serde(
        rename = "@Microsoft.PowerApps.CDS.TraceText",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub trace_text: Option<String>,
    /// The sentence of the exception behind.
    #[serde(
        rename = "@Microsoft.PowerApps.CDS.InnerError.Message",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub inner_message: Option<String>,
}

/// What older servers add.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InnerError {
    /// The sentence.
    #[serde(default)]
    pub message: String,
    /// The .NET type.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Its stack.
    #[serde(default)]
    pub stacktrace: String,
}

impl ErrorBody {
    /// Code and sentence.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error: ErrorDetail {
                code: code.into(),
                message: message.into(),
                ..ErrorDetail::default()
            },
        }
    }

    /// With what `Prefer: odata.include-annotations="*"` adds. `code` is the number behind the hex string.
    #[must_use]
    pub fn annotated(mut self, code: u32) -> Self {
        let link = "http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a";
        let message = self.error.message.clone();
        self.error.operation_status = Some("0".to_owned());
        self.error.sub_error_code = Some("2146233088".to_owned());
        self.error.help_link = Some(format!("{link}{code:08x}&client=platform"));
        self.error.trace_text = Some(String::new());
        self.error.inner_message = Some(message);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_both_ways() {
        let plain =
            r#"{"error":{"code":"0x80072560","message":"The user is not a member of the organization."}}"#;
        let read: ErrorBody = serde_json::from_str(plain).unwrap();
        assert_eq!(
            read,
            ErrorBody::new("0x80072560", "The user is not a member of the organization.")
        );
        assert_eq!(serde_json::to_string(&read).unwrap(), plain);
        let written = serde_json::to_string(&read.annotated(0x8007_2560)).unwrap();
        assert!(written.contains(r#""@Microsoft.PowerApps.CDS.HelpLink":"http://go.microsoft.com/fwlink/"#));
        assert!(written.contains("%3a80072560&client=platform"));
        let again: ErrorBody = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), written);
    }

    #[test]
    fn an_old_server_and_a_proxy_are_read() {
        let old = r#"{"error":{"code":"","message":"x","innererror":{"message":"y","type":"T","stacktrace":"at"}}}"#;
        let read: ErrorBody = serde_json::from_str(old).unwrap();
        assert_eq!(read.error.innererror.unwrap().message, "y");
        assert!(serde_json::from_str::<ErrorBody>(r#"{"error":{}}"#).is_ok());
    }
}
