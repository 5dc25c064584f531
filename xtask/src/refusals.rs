//! Every refusal the stand-in can emit, as JSON, for suites in other languages that must reach each of them.

use serde_json::{Value, json};
use wire::{aadsts, dataverse};

use crate::Failure;

/// Prints both tables.
pub(crate) fn run(args: &[String]) -> Result<String, Failure> {
    if let Some(extra) = args.first() {
        return Err(format!("refusals takes no arguments, '{extra}' was given").into());
    }
    let tables = json!({ "aadsts": sign_in(), "dataverse": organization() });
    Ok(format!("{}\n", serde_json::to_string_pretty(&tables)?))
}

fn sign_in() -> Vec<Value> {
    let entry = |entry: &aadsts::Entry| {
        json!({
            "code": entry.code,
            "error": entry.error,
            "suberror": entry.suberror,
            "status": entry.status,
            "grade": entry.grade.name(),
            "place": match entry.place { aadsts::Place::Page => "page", aadsts::Place::Redirect => "redirect" },
            "cause": entry.cause,
            "sentence": entry.sentence,
        })
    };
    aadsts::table().map(entry).collect()
}

fn organization() -> Vec<Value> {
    let fault = |fault: &&dataverse::Fault| {
        json!({
            "name": fault.name,
            "code": fault.hex(),
            "status": fault.status,
            "grade": fault.grade.name(),
            "sentence": fault.template,
        })
    };
    dataverse::ALL.iter().map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_are_printed_whole() {
        let tables: Value = serde_json::from_str(&run(&[]).unwrap()).unwrap();
        assert_eq!(
            tables["aadsts"].as_array().unwrap().len(),
            aadsts::table().count()
        );
        assert_eq!(
            tables["dataverse"].as_array().unwrap().len(),
            dataverse::ALL.len()
        );
        let expired = tables["aadsts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|e| e["code"] == 7_000_222)
            .unwrap();
        assert_eq!(
            (&expired["error"], &expired["status"]),
            (&json!("invalid_client"), &json!(401))
        );
    }
}
