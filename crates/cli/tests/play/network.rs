//! Causes that need a network of their own: a name server that answers wrongly, packets that vanish, routes that
//! are forbidden. They are played in a network namespace, which an ordinary user may make where the system allows it.
//!
//! The test starts itself again inside the namespace, where the true names lead to a stand-in on port 443 by a
//! name server of the test's own. To add a way: a line in [`fail`] and the cause's `[play]` with `network`.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, Ipv6Addr, UdpSocket},
    process::Command,
    sync::{Arc, Mutex},
};

use serde_json::Value;

use crate::{
    Named, is_healthy, judged, say,
    stage::Stage,
    support::{err, out},
};

/// Fewer proved causes than that are a step back.
const LEAST: usize = 4;

/// What a name server says of a name.
#[derive(Clone, Copy)]
enum Told {
    /// This address.
    Address(Ipv4Addr),
    /// This machine by IPv6, and nothing else.
    Six,
    /// There is no such name.
    Nothing,
}

type Names = Arc<Mutex<HashMap<String, Told>>>;

#[test]
fn what_needs_a_network_of_its_own_is_proved() {
    let namespace = || {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "--mount", "--"]);
        command
    };
    let allowed = namespace()
        .arg("true")
        .status()
        .is_ok_and(|status| status.success());
    if !allowed {
        say(
            "NOT PROVED: this system allows no network namespace (`unshare --map-root-user --net --mount`)\n",
        );
        let required = ["CI", "KEYWAY_TEST_NAMESPACES"];
        assert!(
            required.iter().all(|name| std::env::var_os(name).is_none()),
            "network namespaces are required here"
        );
        return;
    }
    let inside = namespace()
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "network::inside_the_namespace",
            "--ignored",
            "--nocapture",
        ])
        .output()
        .unwrap();
    let text = out(&inside);
    assert!(inside.status.success(), "{text}{}", err(&inside));
    let proved: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("causes proved"))
        .collect();
    say(&format!("{}\n", proved.join("\n")));
}

#[test]
#[ignore = "it is run by the test above, inside the namespace"]
fn inside_the_namespace() {
    shell("ip link set lo up");
    // A network on which nobody answers: what is sent there is lost, as behind a firewall that drops.
    shell(
        "ip tuntap add dev dropped mode tap && ip addr add 10.66.0.1/24 dev dropped && ip link set dropped up",
    );
    shell("ip neigh add 10.66.0.2 lladdr 02:00:00:00:00:02 dev dropped");
    shell("ip route add prohibit 10.67.0.0/24");
    let names: Names = Names::default();
    let others: Names = Names::default();
    for (address, known) in [("127.0.0.1:53", &names), ("127.0.0.2:53", &others)] {
        let server = UdpSocket::bind(address).unwrap();
        let known = known.clone();
        std::thread::spawn(move || serve(&server, &known));
    }
    shell(
        "echo 'nameserver 127.0.0.1' > /tmp/keyway-resolv.$$ && mount --bind /tmp/keyway-resolv.$$ /etc/resolv.conf; rm -f /tmp/keyway-resolv.$$",
    );

    let stage = Stage::start_at("127.0.0.1:443");
    let list = stage.operator(&["break", "--list"]).unwrap();
    let mut failures = Vec::new();
    let mut proved = Vec::new();
    for scene in list["played"].as_array().unwrap() {
        let Some(way) = scene["play"]["network"].as_str() else {
            continue;
        };
        let id = scene["cause"].as_str().unwrap();
        match prove(&stage, id, way, &scene["play"], &names) {
            Ok(()) => proved.push(id),
            Err(why) => failures.push(format!("{id}: {why}")),
        }
    }
    println!(
        "{} causes proved in a network of their own: {}",
        proved.len(),
        proved.join(", ")
    );
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    names_that_lead_to_other_places(&stage, &names, &others);
    assert!(
        proved.len() >= LEAST,
        "{} proved, {LEAST} were before",
        proved.len()
    );
}

/// A name that has an IPv6 address only, and one of which another name server says something else.
fn names_that_lead_to_other_places(stage: &Stage, names: &Names, others: &Names) {
    let tenant = stage.tenant();
    let (_, host) = tenant.organization();
    let plan = [
        "break",
        "dns-name-unresolved",
        "--dry-run",
        "--tenant",
        &tenant.domain,
    ];
    let mut asked = stage.operator(&plan).unwrap()["healthy"].clone();
    let doctor = |asked: &Value, step: &str, detail: &str| {
        let seen = stage.doctor(asked, &tenant, stage.home());
        is_healthy(step, &seen).unwrap();
        let step = format!("{step}: ");
        let found = seen.steps.iter().find_map(|one| one.strip_prefix(&step));
        assert!(
            found.is_some_and(|found| found.contains(detail)),
            "{:#?}",
            seen.steps
        );
    };
    names.lock().unwrap().insert(host.clone(), Told::Six);
    doctor(&asked, &format!("resolve {host}"), "::1");
    doctor(&asked, &format!("connect to {host} port 443"), "[::1]:443");
    names.lock().unwrap().remove(&host);
    let line = asked["run"].as_array_mut().unwrap();
    line.extend(["--name-server", "127.0.0.2"].map(Value::from));
    let compared = format!("compare what this machine's resolver and 127.0.0.2 say of {host}");
    doctor(&asked, &compared, "they agree: 127.0.0.1 here, 127.0.0.1 there");
    let elsewhere = Told::Address(Ipv4Addr::new(203, 0, 113, 7));
    others.lock().unwrap().insert(host.clone(), elsewhere);
    doctor(
        &asked,
        &compared,
        "127.0.0.1 here, 203.0.113.7 there. The name means one thing inside",
    );
}

fn prove(stage: &Stage, id: &str, way: &str, play: &Value, names: &Names) -> Result<(), String> {
    let tenant = stage.tenant();
    let own = stage.home().join(id);
    std::fs::create_dir_all(&own).unwrap();
    let plan = stage.operator(&["break", id, "--dry-run", "--tenant", &tenant.domain])?;
    let asked = &plan["healthy"];
    let host = asked["run"][1].as_str().unwrap();
    let host = host
        .trim_start_matches("https://")
        .trim_end_matches('/')
        .to_owned();
    is_healthy("before", &stage.doctor(asked, &tenant, &own))?;
    names.lock().unwrap().insert(host.clone(), fail(way)?);
    if judged(id, play, &Value::from(way), &stage.doctor(asked, &tenant, &own))? == Named::Other {
        return Err("another cause was named".to_owned());
    }
    names.lock().unwrap().remove(&host);
    is_healthy("after", &stage.doctor(asked, &tenant, &own))
}

/// What is different for the organization's name while the network fails.
fn fail(way: &str) -> Result<Told, String> {
    Ok(match way {
        "name-unknown" => Told::Nothing,
        "packets-dropped" => Told::Address(Ipv4Addr::new(10, 66, 0, 2)),
        "route-forbidden" => Told::Address(Ipv4Addr::new(10, 67, 0, 2)),
        "no-route" => Told::Address(Ipv4Addr::new(203, 0, 113, 7)),
        other => return Err(format!("there is no way `{other}` for a network to fail")),
    })
}

fn shell(line: &str) {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A name server (RFC 1035): every name is here, except where it is told otherwise.
fn serve(server: &UdpSocket, names: &Names) {
    let mut packet = [0; 1500];
    while let Ok((size, from)) = server.recv_from(&mut packet) {
        let Some((name, end)) = question(&packet[..size]) else {
            continue;
        };
        let told = names.lock().unwrap().get(&name).copied();
        let told = told.unwrap_or(Told::Address(Ipv4Addr::LOCALHOST));
        let wanted = u16::from_be_bytes([packet[end - 4], packet[end - 3]]);
        let (code, answer) = match (told, wanted) {
            (Told::Nothing, _) => (3, None),
            (Told::Address(address), 1) => (0, Some(address.octets().to_vec())),
            (Told::Six, 28) => (0, Some(Ipv6Addr::LOCALHOST.octets().to_vec())),
            _ => (0, None),
        };
        // The question's id; an answer, recursion available; one question, perhaps one answer.
        let mut reply = vec![packet[0], packet[1], 0x81, 0x80 | code, 0, 1];
        reply.extend([0, u8::from(answer.is_some()), 0, 0, 0, 0]);
        reply.extend(&packet[12..end]);
        if let Some(address) = answer {
            // The name of the question, its type, class IN, no time to live.
            reply.extend([0xC0, 0x0C, packet[end - 4], packet[end - 3], 0, 1, 0, 0, 0, 0, 0]);
            reply.push(u8::try_from(address.len()).unwrap());
            reply.extend(address);
        }
        server.send_to(&reply, from).unwrap();
    }
}

/// The name that is asked for, and where the question ends.
fn question(packet: &[u8]) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let size = usize::from(*packet.get(at)?);
        at += 1;
        if size == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(packet.get(at..at + size)?).to_lowercase());
        at += size;
    }
    packet.get(at..at + 4)?;
    Some((labels.join("."), at + 4))
}
