use std::collections::HashMap;

use crypt::Sealer;
use types::{RegionTable, SystemChance, Timestamp};

use super::super::{DEMO, Loader, parse};

/// Loads a world of one tenant with these entries; what was wrong with it.
fn error(entries: &str) -> String {
    let text =
        format!("name = \"w\"\n[[tenant]]\nname = \"T\"\ndomains = [{{ name = \"t.example\" }}]\n{entries}");
    let world = parse(&text, "w.toml").unwrap();
    match world.check().and_then(|()| load(&world)) {
        Ok(()) => String::new(),
        Err(error) => error.to_string(),
    }
}

fn load(world: &super::World) -> Result<(), super::WorldError> {
    let (certificates, hashes) = (HashMap::new(), HashMap::new());
    let loader = Loader {
        world,
        regions: &RegionTable::with(world.regions.clone()),
        sealer: &Sealer::new(&[7; 32]),
        chance: &SystemChance,
        now: Timestamp::from_seconds(1_700_000_000),
        certificates: &certificates,
        hashes: &hashes,
    };
    loader.all().map(drop)
}

#[test]
fn the_demo_loads() {
    assert!(load(&parse(DEMO, "demo").unwrap()).is_ok());
    assert_eq!(
        error("[[tenant.user]]\nupn = \"a@t.example\"\nname = \"A\"\n"),
        ""
    );
}

#[test]
fn an_entry_that_contradicts_another_is_named_with_the_next_step() {
    let user = "[[tenant.user]]\nupn = \"a@t.example\"\nname = \"A\"\n";
    let organization =
        "[[tenant.organization]]\nname = \"O\"\nunique_name = \"o\"\nhost = \"o.crm4.dynamics.com\"\n";
    for (entries, parts) in [
        (format!("{user}{user}"), ["a@t.example is there twice", "rename"]),
        (format!("{user}guest_of = \"nobody.example\"\n"), ["`nobody.example`", "personal"]),
        (
            format!("{user}guest_of = \"personal\"\npassword = \"x\"\n"),
            ["is a guest and has a password", "its own tenant"],
        ),
        (
            format!("{organization}[[tenant.organization.user]]\nupn = \"b@t.example\"\n"),
            ["organization `o`: there is no user b@t.example", "name a user"],
        ),
        (
            format!("{user}{organization}[[tenant.organization.user]]\nupn = \"a@t.example\"\nroles = [\"Emperor\"]\n"),
            ["no security role `Emperor`", "list its roles"],
        ),
        (
            format!("{organization}[[tenant.organization.user]]\nroles = []\n"),
            ["either `upn` or `app`", "name a user"],
        ),
        (organization.replace("crm4.dynamics.com", "example.com"), ["o.example.com", "region"]),
        (format!("{organization}{organization}"), ["host o.crm4.dynamics.com is there twice", "rename"]),
        (
            "[[tenant.app]]\nname = \"A\"\n[[tenant.app.secret]]\nname = \"s\"\nvalue = \"v\"\nends = \"+25 months\"\n".into(),
            ["24 months", "earlier"],
        ),
        (
            "[[tenant.app]]\nname = \"A\"\nrequires = [{ resource = \"moon\", scopes = [] }]\n".into(),
            ["no resource `moon`", "dataverse"],
        ),
        (
            "[[tenant.app]]\nname = \"A\"\n[tenant.app.principal]\nassigned = [\"x@t.example\"]\n".into(),
            ["x@t.example is assigned", "add the user"],
        ),
        ("[[tenant.principal]]\napp = \"Nothing\"\n".into(), ["no application `Nothing`", "lives in"]),
        ("[tenant.settings]\nuser_consnt = \"allowed\"\n".into(), ["user_consnt", "control API"]),
        (
            "[[tenant]]\nname = \"U\"\ndomains = [{ name = \"T.example\" }]\n".into(),
            ["the domain T.example is there twice", "rename"],
        ),
    ] {
        let said = error(&entries);
        assert!(parts.iter().all(|part| said.contains(part)), "{entries}\n{said}");
    }
}

#[test]
fn the_variables_speak_of_something_that_is_there() {
    let text = "name = \"w\"\n[env]\ntenant = \"t.example\"\napp = \"A\"\norganization = \"o\"\nuser = \"a@t.example\"\n";
    let error = parse(text, "w.toml").unwrap().check().unwrap_err().to_string();
    assert!(
        error.starts_with("env: there is no tenant `t.example`"),
        "{error}"
    );
}

#[test]
fn ids_that_are_left_out_are_the_same_each_time() {
    let world = parse(
        "name = \"w\"\n[[tenant]]\nname = \"T\"\n[[tenant.app]]\nname = \"A\"\n",
        "w",
    )
    .unwrap();
    let ids = || {
        let tenant = super::tenant_id(&world.tenants[0]);
        (tenant, super::super::app_id(tenant, &world.tenants[0].apps[0]))
    };
    assert_eq!(ids(), ids());
    assert_eq!(ids().0.uuid().get_version_num(), 8);
}
