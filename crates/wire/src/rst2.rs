//! Signing in to a Microsoft account as programs did before OAuth: a SOAP request with user name and password at
//! `https://login.live.com/RST2.srf` (facts/identity.md 4.5, 4.6 and 5.8).
//!
//! The status of the answer says nothing; the body does. Only the members that clients of that time read are
//! written, and every other one is accepted. To add a refusal: its line in [`REFUSALS`].

use roxmltree::{Document, Node};
use types::{Secret, Timestamp};

use crate::{grade::Grade, markup::escape};

/// Where it is asked, by true name.
pub const ENDPOINT: &str = "https://login.live.com/RST2.srf";
/// The media type of both ways (SOAP 1.2).
pub const MEDIA_TYPE: &str = "application/soap+xml; charset=utf-8";
/// The policy that the Outlook client asked under (recalled, unverified).
pub const POLICY: &str = "MBI_FED_SSL";

const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
const TRUST: &str = "http://schemas.xmlsoap.org/ws/2005/02/trust";
const FAULT: &str = "http://schemas.microsoft.com/Passport/SoapServices/SOAPFault";
const SECURITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
const POLICIES: &str = "http://schemas.xmlsoap.org/ws/2004/09/policy";

/// A code of the sign-in assistant and what goes with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// `psf:reqstatus` and `psf:value`: what client logs print.
    pub code: &'static str,
    /// `psf:code` within: what the service compared.
    pub inner: &'static str,
    /// `psf:text`.
    pub text: &'static str,
    /// How sure we are of the text; the codes are sourced.
    pub grade: Grade,
    /// The catalog's cause.
    pub cause: &'static str,
}

/// The password is wrong.
pub static BAD_PASSWORD: Refused = Refused {
    code: "0x80048821",
    inner: "0x80041012",
    text: "The entered and stored passwords do not match.",
    grade: Grade::Literal,
    cause: "credentials-invalid",
};

/// There is no such account.
pub static NO_MEMBER: Refused = Refused {
    code: "0x80048821",
    inner: "0x80041034",
    text: "The specified member name is either invalid or empty.",
    grade: Grade::Literal,
    cause: "credentials-invalid",
};

/// Too many tries.
pub static LOCKED: Refused = Refused {
    code: "0x80048823",
    inner: "0x80048823",
    text: "The account is locked because there were too many tries.",
    grade: Grade::Reconstructed,
    cause: "account-locked",
};

/// The password is temporary.
pub static MUST_CHANGE: Refused = Refused {
    code: "0x80048827",
    inner: "0x80048827",
    text: "The password must be changed before it can be used.",
    grade: Grade::Reconstructed,
    cause: "live-id-password-expired-or-long",
};

/// Nobody has followed the link of the verification mail.
pub static NOT_VALIDATED: Refused = Refused {
    code: "0x80048836",
    inner: "0x80048836",
    text: "The e-mail address of the account is not validated.",
    grade: Grade::Reconstructed,
    cause: "account-email-unverified",
};

/// Every refusal.
pub static REFUSALS: &[&Refused] = &[&BAD_PASSWORD, &NO_MEMBER, &LOCKED, &MUST_CHANGE, &NOT_VALIDATED];

/// The text is not such a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// It is not XML.
    #[error("the message is not XML: {0}")]
    Xml(String),
    /// Something it must have is missing.
    #[error("the message has no {0}")]
    Missing(&'static str),
}

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The member name, as typed.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// For whom: `urn:crmna:dynamics.com`, `live.com`.
    pub applies_to: String,
    /// Under which policy.
    pub policy: String,
}

impl Request {
    /// The envelope, good for ten minutes from `now`.
    pub fn to_xml(&self, now: Timestamp, message: &str) -> Secret {
        let until = now + std::time::Duration::from_secs(600);
        Secret::new(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <S:Envelope xmlns:S=\"{SOAP}\" xmlns:wsse=\"{SECURITY}\" xmlns:wsu=\"{UTILITY}\" xmlns:wsa=\"{ADDRESSING}\" \
             xmlns:wst=\"{TRUST}\" xmlns:wsp=\"{POLICIES}\"><S:Header>\
             <wsa:Action S:mustUnderstand=\"1\">{TRUST}/RST/Issue</wsa:Action>\
             <wsa:To S:mustUnderstand=\"1\">{ENDPOINT}</wsa:To><wsa:MessageID>urn:uuid:{message}</wsa:MessageID>\
             <wsse:Security S:mustUnderstand=\"1\"><wsu:Timestamp wsu:Id=\"Timestamp\"><wsu:Created>{}</wsu:Created>\
             <wsu:Expires>{}</wsu:Expires></wsu:Timestamp><wsse:UsernameToken wsu:Id=\"user\">\
             <wsse:Username>{}</wsse:Username><wsse:Password>{}</wsse:Password></wsse:UsernameToken></wsse:Security>\
             </S:Header><S:Body><wst:RequestSecurityToken Id=\"RST0\"><wst:RequestType>{TRUST}/Issue</wst:RequestType>\
             <wsp:AppliesTo><wsa:EndpointReference><wsa:Address>{}</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>\
             <wsp:PolicyReference URI=\"{}\"/></wst:RequestSecurityToken></S:Body></S:Envelope>",
            now.rfc3339_seconds(),
            until.rfc3339_seconds(),
            escape(&self.user),
            escape(self.password.expose()),
            escape(&self.applies_to),
            escape(&self.policy),
        ))
    }

    /// Reads an envelope: by local names, whatever the prefixes (facts/identity.md 5.3). Of several requested tokens
    /// the last counts; the first is the service's own.
    ///
    /// # Errors
    /// [`BadMessage`].
    pub fn parse(text: &str) -> Result<Self, BadMessage> {
        let document = read(text)?;
        let token = named(document.root(), "UsernameToken").ok_or(BadMessage::Missing("UsernameToken"))?;
        let within = |name: &'static str| named(token, name).map(whole).ok_or(BadMessage::Missing(name));
        let asked = document
            .root()
            .descendants()
            .rfind(|node| node.tag_name().name() == "RequestSecurityToken")
            .ok_or(BadMessage::Missing("RequestSecurityToken"))?;
        let policy = named(asked, "PolicyReference").and_then(|node| node.attribute("URI"));
        Ok(Self {
            user: within("Username")?.trim().to_owned(),
            password: Secret::new(within("Password")?),
            applies_to: named(asked, "Address")
                .map(|node| whole(node).trim().to_owned())
                .unwrap_or_default(),
            policy: policy.unwrap_or_default().to_owned(),
        })
    }
}

/// What the service answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A token.
    Granted(Token),
    /// A fault.
    Refused(Fault),
}

/// A token of the time: opaque to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// `t=…`
    pub value: Secret,
    /// For whom.
    pub applies_to: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `psf:value`: `0x80048821`.
    pub code: String,
    /// `psf:code` within, where there is one.
    pub inner: Option<String>,
    /// `psf:text`, or the fault's reason.
    pub text: String,
}

impl From<&Refused> for Fault {
    fn from(refused: &Refused) -> Self {
        Self {
            code: refused.code.to_owned(),
            inner: Some(refused.inner.to_owned()),
            text: refused.text.to_owned(),
        }
    }
}

impl Answer {
    /// The envelope, at `now`.
    pub fn to_xml(&self, now: Timestamp) -> String {
        let time = now.rfc3339_seconds();
        // 0x48803: authenticated with a password; 0x80048800: not authenticated (4.6).
        let (state, status, body) = match self {
            Self::Granted(token) => ("0x48803", "0x0".to_owned(), token.to_xml()),
            Self::Refused(fault) => ("0x80048800", escape(&fault.code), fault.to_xml()),
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\
             <S:Envelope xmlns:S=\"{SOAP}\" xmlns:wst=\"{TRUST}\" xmlns:psf=\"{FAULT}\" xmlns:wsse=\"{SECURITY}\" \
             xmlns:wsu=\"{UTILITY}\" xmlns:wsa=\"{ADDRESSING}\" xmlns:wsp=\"{POLICIES}\"><S:Header><psf:pp>\
             <psf:serverVersion>1</psf:serverVersion><psf:authstate>{state}</psf:authstate>\
             <psf:reqstatus>{status}</psf:reqstatus><psf:serverInfo Path=\"Live1\" ServerTime=\"{time}\">KEYWAY</psf:serverInfo>\
             <psf:cookies/><psf:response/></psf:pp></S:Header><S:Body>{body}</S:Body></S:Envelope>"
        )
    }

    /// Reads an envelope.
    ///
    /// # Errors
    /// [`BadMessage`].
    pub fn parse(text: &str) -> Result<Self, BadMessage> {
        let document = read(text)?;
        let root = document.root();
        if let Some(fault) = named(root, "Fault") {
            return Ok(Self::Refused(Fault::read(root, fault)?));
        }
        // The last one is the one that was asked for.
        let issued = root
            .descendants()
            .rfind(|node| node.tag_name().name() == "RequestSecurityTokenResponse")
            .ok_or(BadMessage::Missing("RequestSecurityTokenResponse"))?;
        Token::read(issued).map(Self::Granted)
    }
}

impl Token {
    fn to_xml(&self) -> String {
        format!(
            "<wst:RequestSecurityTokenResponseCollection><wst:RequestSecurityTokenResponse>\
             <wst:TokenType>urn:passport:compact</wst:TokenType><wsp:AppliesTo><wsa:EndpointReference><wsa:Address>{}\
             </wsa:Address></wsa:EndpointReference></wsp:AppliesTo><wst:Lifetime><wsu:Created>{}</wsu:Created>\
             <wsu:Expires>{}</wsu:Expires></wst:Lifetime><wst:RequestedSecurityToken>\
             <wsse:BinarySecurityToken Id=\"Compact0\">{}</wsse:BinarySecurityToken></wst:RequestedSecurityToken>\
             </wst:RequestSecurityTokenResponse></wst:RequestSecurityTokenResponseCollection>",
            escape(&self.applies_to),
            self.created.rfc3339_seconds(),
            self.expires.rfc3339_seconds(),
            escape(self.value.expose()),
        )
    }

    fn read(issued: Node<'_, '_>) -> Result<Self, BadMessage> {
        let text = |name: &'static str| {
            named(issued, name)
                .map(|node| whole(node).trim().to_owned())
                .ok_or(BadMessage::Missing(name))
        };
        let moment =
            |name: &'static str| Timestamp::parse_rfc3339(&text(name)?).ok_or(BadMessage::Missing(name));
        Ok(Self {
            value: Secret::new(text("BinarySecurityToken")?),
            applies_to: text("Address")?,
            created: moment("Created")?,
            expires: moment("Expires")?,
        })
    }
}

impl Fault {
    fn to_xml(&self) -> String {
        let inner = self.inner.as_deref().unwrap_or(&self.code);
        format!(
            "<S:Fault><S:Code><S:Value>S:Sender</S:Value><S:Subcode><S:Value>wst:FailedAuthentication</S:Value>\
             </S:Subcode></S:Code><S:Reason><S:Text xml:lang=\"en-US\">Authentication Failure</S:Text></S:Reason>\
             <S:Detail><psf:error><psf:value>{}</psf:value><psf:internalerror><psf:code>{}</psf:code>\
             <psf:text>{}</psf:text></psf:internalerror></psf:error></S:Detail></S:Fault>",
            escape(&self.code),
            escape(inner),
            escape(&self.text),
        )
    }

    fn read(root: Node<'_, '_>, fault: Node<'_, '_>) -> Result<Self, BadMessage> {
        let text = |within: Node<'_, '_>, name| named(within, name).map(|node| whole(node).trim().to_owned());
        let detail = named(fault, "error");
        let code = detail
            .and_then(|detail| text(detail, "value"))
            .or_else(|| text(root, "reqstatus"))
            .ok_or(BadMessage::Missing("reqstatus"))?;
        let inner = detail.and_then(|detail| named(detail, "internalerror"));
        Ok(Self {
            code,
            inner: inner.and_then(|inner| text(inner, "code")),
            text: inner
                .and_then(|inner| text(inner, "text"))
                .or_else(|| named(fault, "Reason").and_then(|reason| text(reason, "Text")))
                .unwrap_or_default(),
        })
    }
}

fn read(text: &str) -> Result<Document<'_>, BadMessage> {
    Document::parse(text.trim_start()).map_err(|error| BadMessage::Xml(error.to_string()))
}

fn named<'a, 'i>(within: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    within.descendants().find(|node| node.tag_name().name() == name)
}

/// All the text of an element: entities and sections of a password are nodes of their own.
fn whole(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_as_it_was_written() {
        let request = Request {
            user: "ulla@example.org".into(),
            password: Secret::new(" <P&\"w>' "),
            applies_to: "urn:crmemea:dynamics.com".into(),
            policy: POLICY.into(),
        };
        let text = request.to_xml(Timestamp::from_seconds(1_700_000_000), "1");
        assert_eq!(Request::parse(text.expose()).unwrap(), request);
    }

    #[test]
    fn other_prefixes_and_several_tokens_are_read() {
        let text = r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:o="x" xmlns:t="y" xmlns:a="z">
            <s:Header><o:UsernameToken><o:Username> ulla@example.org </o:Username>
            <o:Password Type="p">a<![CDATA[<b>]]>&amp;c</o:Password></o:UsernameToken></s:Header><s:Body>
            <t:RequestMultipleSecurityTokens><t:RequestSecurityToken><a:Address>http://Passport.NET/tb</a:Address>
            </t:RequestSecurityToken><t:RequestSecurityToken><a:Address>live.com</a:Address></t:RequestSecurityToken>
            </t:RequestMultipleSecurityTokens></s:Body></s:Envelope>"#;
        let request = Request::parse(text).unwrap();
        assert_eq!(request.user, "ulla@example.org");
        assert_eq!(request.password.expose(), "a<b>&c");
        assert_eq!(request.applies_to, "live.com");
        assert_eq!(
            Request::parse("<a><RequestSecurityToken/></a>"),
            Err(BadMessage::Missing("UsernameToken"))
        );
        assert!(matches!(Request::parse("{}"), Err(BadMessage::Xml(_))));
    }

    #[test]
    fn answers_read_as_they_were_written() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let granted = Answer::Granted(Token {
            value: Secret::new("t=abc&p="),
            applies_to: "urn:crmna:dynamics.com".into(),
            created: now,
            expires: now + std::time::Duration::from_secs(86_400),
        });
        assert_eq!(Answer::parse(&granted.to_xml(now)).unwrap(), granted);
        for refused in REFUSALS {
            let fault = Answer::Refused((*refused).into());
            let text = fault.to_xml(now);
            assert_eq!(Answer::parse(&text).unwrap(), fault);
            assert!(text.contains(&format!("<psf:reqstatus>{}</psf:reqstatus>", refused.code)));
        }
    }

    #[test]
    fn the_fault_of_the_fact_sheet_is_read() {
        // facts/identity.md 4.5.
        let text = r#"<S:Envelope xmlns:S="http://www.w3.org/2003/05/soap-envelope" xmlns:wst="http://schemas.xmlsoap.org/ws/2005/02/trust" xmlns:psf="http://schemas.microsoft.com/Passport/SoapServices/SOAPFault">
 <S:Header><psf:pp><psf:serverVersion>1</psf:serverVersion><psf:authstate>0x80048800</psf:authstate>
  <psf:reqstatus>0x80048821</psf:reqstatus><psf:serverInfo Path="Live1" ServerTime="2013-10-01T10:00:00Z">HOST 2013</psf:serverInfo><psf:cookies/><psf:response/></psf:pp></S:Header>
 <S:Body><S:Fault><S:Code><S:Value>S:Sender</S:Value><S:Subcode><S:Value>wst:FailedAuthentication</S:Value></S:Subcode></S:Code>
  <S:Reason><S:Text xml:lang="en-US">Authentication Failure</S:Text></S:Reason>
  <S:Detail><psf:error><psf:value>0x80048821</psf:value><psf:internalerror><psf:code>0x80041012</psf:code>
   <psf:text>The entered and stored passwords do not match.</psf:text></psf:internalerror></psf:error></S:Detail></S:Fault></S:Body></S:Envelope>"#;
        assert_eq!(Answer::parse(text), Ok(Answer::Refused((&BAD_PASSWORD).into())));
    }
}
