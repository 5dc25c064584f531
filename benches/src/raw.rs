//! What the machine can do at most, with the library the server uses: one key, parsed once, one core.

use std::time::Duration;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa,
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};
use clap::ValueEnum;
use types::Stopwatch;

use crate::{
    Lab, Outcome,
    load::Awake,
    machine,
    report::{Rate, say},
};

/// A raw loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// RS256 signatures with a 2048-bit key
    Sign,
    /// RS256 verifications
    Verify,
    /// Argon2id at the cost the server uses: 19 MiB, two passes, one lane
    Hash,
}

/// As long as an access token's header and claims.
const MESSAGE: [u8; 1000] = [b'x'; 1000];

/// Runs the loop in this process and prints its rate.
pub(crate) fn run(work: Work, time: Duration) -> Outcome<()> {
    let wrong = |_| "the crypto library refused to make or use a key".to_owned();
    let key = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(wrong)?;
    let random = SystemRandom::new();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &random, &MESSAGE, &mut signature)
        .map_err(wrong)?;
    let rate = match work {
        Work::Sign => {
            let mut out = vec![0; key.public_modulus_len()];
            repeat(time, || {
                key.sign(&RSA_PKCS1_SHA256, &random, &MESSAGE, &mut out)
                    .map_err(wrong)
            })?
        }
        Work::Verify => {
            let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())
                .map_err(|_| "the crypto library refused a public key".to_owned())?;
            repeat(time, || public.verify_sig(&MESSAGE, &signature).map_err(wrong))?
        }
        Work::Hash => {
            let bad = |error: argon2::Error| format!("Argon2id: {error}");
            let params = argon2::Params::new(19 * 1024, 2, 1, Some(32)).map_err(bad)?;
            let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
            let mut out = [0; 32];
            repeat(time, || {
                argon
                    .hash_password_into(b"Keyway!Demo1", &[7; 16], &mut out)
                    .map_err(bad)
            })?
        }
    };
    say(&format!("{} {}", rate.wall, rate.core));
    Ok(())
}

fn repeat(time: Duration, mut act: impl FnMut() -> Outcome<()>) -> Outcome<Rate> {
    let busy = || machine::processor_seconds(std::process::id());
    let (before, watch, mut count) = (busy(), Stopwatch::start(), 0_u32);
    loop {
        act()?;
        count += 1;
        let elapsed = watch.elapsed();
        if elapsed >= time {
            let count = f64::from(count);
            return Ok(Rate {
                wall: count / elapsed.as_secs_f64(),
                core: count / (busy() - before),
            });
        }
    }
}

/// Runs a raw loop on the server's core; operations a second.
///
/// The load's core is as busy meanwhile as under load. Otherwise it would take what else the machine has to do off
/// the raw loop's core, and the server alone would have to share.
pub(crate) async fn rate(lab: &Lab, work: Work) -> Outcome<Rate> {
    let own = std::env::current_exe().map_err(|error| format!("this program's own path: {error}"))?;
    let name = work
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default();
    let mut command = tokio::process::Command::from(lab.cores.on_server_core(own));
    command.args([
        "all",
        "--raw",
        &name,
        "--seconds",
        &lab.settings.seconds.to_string(),
    ]);
    let _awake = Awake::keep();
    let output = command
        .output()
        .await
        .map_err(|error| format!("the raw loop could not be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text
        .split_ascii_whitespace()
        .map_while(|number| number.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(wall), Some(core)) => Ok(Rate { wall, core }),
        _ => Err(format!(
            "the raw loop failed: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}
