use proptest::prelude::*;
use types::Uuid;

use super::{super::Kind, *};

struct People;

impl Shape for People {
    fn name(&self) -> String {
        "Microsoft.Dynamics.CRM.systemuser".into()
    }
    fn kind(&self, property: &str) -> Option<Kind> {
        Some(match property {
            "fullname" | "title" => Kind::Text,
            "isdisabled" => Kind::Bool,
            "accessmode" => Kind::Int32,
            "systemuserid" => Kind::Guid,
            "createdon" => Kind::Time,
            _ => return None,
        })
    }
    fn members(&self, collection: &str) -> Option<Box<dyn Shape + '_>> {
        (collection == "roles").then(|| Box::new(Self) as Box<dyn Shape>)
    }
}

struct Anna;

impl Row for Anna {
    fn value(&self, property: &str) -> Value<'_> {
        match property {
            "fullname" => Value::Text("Anna O'Neil".into()),
            "isdisabled" => Value::Bool(false),
            "accessmode" => Value::Int(4),
            "systemuserid" => Value::Guid(Uuid::from_u128(1)),
            "createdon" => Value::Time(types::Timestamp::from_seconds(1_714_558_830)),
            _ => Value::Null,
        }
    }
    fn members(&self, _: &str) -> Vec<Box<dyn Row + '_>> {
        vec![Box::new(Self)]
    }
}

fn ask(text: &str) -> Result<bool, Trouble> {
    let aliases = HashMap::from([("@p1".to_owned(), "'Anna O''Neil'".to_owned())]);
    let filter = Filter::parse(text, &aliases)?;
    filter.check(&People)?;
    Ok(filter.holds(&Anna, Case::Ignored))
}

#[test]
fn conditions_that_hold() {
    for text in [
        "fullname eq 'anna o''neil'",
        "'Anna O''Neil' eq fullname",
        "4 ge accessmode",
        "fullname eq @p1",
        "accessmode eq 4 and isdisabled eq false",
        "accessmode lt 4 or not (isdisabled eq true)",
        "not isdisabled",
        "not not (accessmode eq 4)",
        "contains(fullname,'O''N') and startswith(fullname, 'anna') and endswith(fullname,'L')",
        "title eq null",
        "title ne 'x'",
        "systemuserid eq 00000000-0000-0000-0000-000000000001",
        "createdon gt 2024-05-01 and createdon lt 2024-05-02T00:00:00+02:00",
        "accessmode gt 3.5",
        "roles/any(r:r/fullname eq 'Anna O''Neil' and r/accessmode eq 4)",
        "roles/any()",
    ] {
        assert_eq!(ask(text), Ok(true), "{text}");
    }
}

#[test]
fn conditions_that_do_not() {
    for text in [
        "fullname ne 'Anna O''Neil'",
        "title gt 'a'",
        "contains(title,'')",
        "isdisabled",
        "accessmode eq 4 and isdisabled",
        "roles/all(r:r/accessmode eq 0)",
    ] {
        assert_eq!(ask(text), Ok(false), "{text}");
    }
}

#[test]
fn and_binds_tighter_than_or() {
    assert_eq!(ask("accessmode eq 4 or accessmode eq 4 and isdisabled"), Ok(true));
    assert_eq!(
        ask("(accessmode eq 4 or accessmode eq 4) and isdisabled"),
        Ok(false)
    );
}

#[test]
fn discovery_minds_the_case() {
    let filter = Filter::parse("fullname eq 'anna o''neil'", &HashMap::new()).unwrap();
    assert!(!filter.holds(&Anna, Case::Matters));
}

#[test]
fn mistakes_are_bad_and_the_unknown_is_said_to_be() {
    for bad in [
        "",
        "fullname",
        "fullname eq",
        "(accessmode eq 4",
        "accessmode eq 4)",
        "eq 4",
        "nosuch eq 1",
        "fullname eq 4",
        "isdisabled gt true",
        "contains(accessmode,'x')",
        "contains(fullname,4)",
        "accessmode like 4",
        "fullname eq @p2",
        "nosuch/any()",
        "fullname eq 'x' and",
    ] {
        assert!(matches!(ask(bad), Err(Trouble::Bad(_))), "{bad}");
    }
    for unknown in [
        "tolower(fullname) eq 'x'",
        "fullname in ('a','b')",
        "fullname eq title",
        "1 eq 1",
        "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['b'])",
    ] {
        assert!(
            matches!(ask(unknown), Err(Trouble::NotUnderstood(_))),
            "{unknown}"
        );
    }
    let incompatible = ask("fullname eq 4").unwrap_err().to_string();
    assert!(
        incompatible.contains("'Edm.String' and 'Edm.Int32' for operator kind 'Equal'"),
        "{incompatible}"
    );
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{}accessmode eq 4{}", "(".repeat(5000), ")".repeat(5000));
    assert!(matches!(ask(&deep), Err(Trouble::Bad(_))));
}

proptest! {
    #[test]
    fn no_text_panics(text in "[a-z0-9 ()',@:/.-]{0,60}") {
        let _ = ask(&text);
    }
}
