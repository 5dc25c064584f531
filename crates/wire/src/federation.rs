//! Federation metadata: the document by which a relying party and its federation server know each other
//! (WS-Federation 1.2, 3.1; facts/organization.md 1.3).

use roxmltree::Document;

/// Where a deployment, and a federation server, publish theirs.
pub const METADATA: &str = "/FederationMetadata/2007-06/FederationMetadata.xml";

/// The name under which the document's owner is known to the other side: an address, for a deployment the one that all
/// its organizations share. `None` where the text is no such document; one with a DTD is none.
pub fn entity_id(document: &str) -> Option<String> {
    let document = Document::parse(document.trim_start_matches('\u{feff}')).ok()?;
    let root = document.root_element();
    if root.tag_name().name() != "EntityDescriptor" {
        return None;
    }
    root.attribute("entityID").map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::entity_id;

    #[test]
    fn only_a_descriptor_has_an_id() {
        let told = "\u{feff}<?xml version=\"1.0\"?><m:EntityDescriptor xmlns:m=\"urn:m\" entityID=\"https://crm.contoso.com/\"/>";
        assert_eq!(entity_id(told).as_deref(), Some("https://crm.contoso.com/"));
        for other in [
            "<html entityID='x'></html>",
            "<EntityDescriptor/>",
            "<!DOCTYPE x [<!ENTITY y 'z'>]><EntityDescriptor entityID='&y;'/>",
            "Not Found",
        ] {
            assert_eq!(entity_id(other), None, "{other}");
        }
    }
}
