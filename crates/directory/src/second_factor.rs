//! The second factor: a fixed code for tests, or the codes of an authenticator (RFC 6238).

use crypt::{BadSeal, Sealer};
use store::StoreError;
use types::{Chance, Clock, ObjectId, Secret, TenantId, Timestamp};
use wire::aadsts::{self, Refusal};

use crate::{
    Account, Accounts, Located, Method, Mfa, NotDone, Person, SignIn, Tenant,
    accounts::living,
    mail::{KIND_MAIL, Kind, Mail, letters},
    tenant::KIND_ACCOUNT,
};

const PURPOSE: &str = "second factor";
/// How long a code holds (RFC 6238 4.1).
const STEP_SECONDS: i64 = 30;
/// How many steps a clock may be off, either way (RFC 6238 5.2).
const DRIFT: u64 = 1;
/// The length of a secret in bytes: that of the digest (RFC 4226 4, R6).
const SECRET_BYTES: usize = 20;

/// What an authenticator is set up with. Shown once.
#[derive(Clone, Debug)]
pub struct Enrollment {
    /// The secret in base32, to be typed in.
    pub secret: Secret,
    /// The same as an address, to be scanned: `otpauth://totp/…`.
    pub uri: Secret,
}

impl Enrollment {
    /// With this secret, as an account's authenticator names it.
    pub fn of(account: &Account, secret: Secret) -> Self {
        let label = account.upn.as_str().replace('@', "%40").replace('#', "%23");
        let uri = format!(
            "otpauth://totp/Keyway:{label}?secret={}&issuer=Keyway&algorithm=SHA1&digits=6&period=30",
            secret.expose()
        );
        Self {
            secret,
            uri: Secret::new(uri),
        }
    }

    /// With a fresh secret.
    pub fn fresh(account: &Account, chance: &dyn Chance) -> Self {
        let mut bytes = [0; SECRET_BYTES];
        chance.fill(&mut bytes);
        Self::of(account, Secret::new(base32(&bytes)))
    }
}

impl SignIn<'_> {
    /// Adds the second factor to a proof, if the code is the account's in the tenant it signs in to: a guest has one of
    /// its own there. A code of an authenticator counts once.
    ///
    /// # Errors
    /// [`StoreError`]; the inner refusal is AADSTS500121.
    pub async fn by_code(
        &self,
        mut person: Person,
        located: &Located,
        code: &str,
        clock: &dyn Clock,
    ) -> Result<Result<Person, Refusal>, StoreError> {
        let now = located.tenant.now(clock);
        let checked = self
            .check_code(located.tenant.id(), &located.account, code, now)
            .await?;
        Ok(checked.map(|()| {
            person.methods.push(Method::Mfa);
            person.at = located.home.now(clock);
            person
        }))
    }

    /// Whether a code is the account's now. Uses it up.
    pub(crate) async fn check_code(
        &self,
        home: TenantId,
        account: &Account,
        code: &str,
        now: Timestamp,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let refuse = |why: &str| Ok(Err(Refusal::new(&aadsts::MFA_FAILED, why)));
        match &account.mfa {
            Mfa::None => refuse("the account has no second factor"),
            Mfa::Code { code: expected } if crypt::same(expected, code.trim()) => Ok(Ok(())),
            Mfa::Code { .. } => refuse("the code is not the account's"),
            Mfa::Totp { secret, .. } => {
                let Ok(secret) = self.sealer.open(PURPOSE, secret) else {
                    return refuse(
                        "the second factor was sealed with a key that is not here; register it anew",
                    );
                };
                let Some(step) = matching_step(&secret, code.trim(), now) else {
                    return refuse("the code is not one of the authenticator's now");
                };
                match self.use_step(home, account.id, step).await? {
                    true => Ok(Ok(())),
                    false => refuse("the code was used before, or a newer one was"),
                }
            }
        }
    }

    /// Marks a step as used; false if it or a later one was.
    async fn use_step(&self, home: TenantId, id: ObjectId, step: u64) -> Result<bool, StoreError> {
        self.store
            .update::<Tenant, _, StoreError>(home, |tenant, changes| {
                let Some(mut account) = tenant.account(id).cloned() else {
                    return Ok(false);
                };
                let Mfa::Totp { used, .. } = &mut account.mfa else {
                    return Ok(false);
                };
                if used.is_some_and(|used| used >= step) {
                    return Ok(false);
                }
                *used = Some(step);
                changes.put(KIND_ACCOUNT, id, &account);
                Ok(true)
            })
            .await
    }
}

impl Accounts<'_> {
    /// Registers an authenticator for an account in place of any second factor it had.
    ///
    /// # Errors
    /// [`NotDone::NoAccount`].
    pub async fn enroll(
        &self,
        tenant: TenantId,
        id: ObjectId,
        clock: &dyn Clock,
    ) -> Result<Enrollment, NotDone> {
        let (view, account) = self.living(tenant, id).await?;
        let made = Enrollment::fresh(&account, self.chance);
        let factor = totp(made.secret.expose(), self.sealer, self.chance)?;
        self.register(tenant, id, &factor, view.now(clock)).await?;
        Ok(made)
    }

    /// Registers an authenticator for an account that has no second factor, once it shows the code of `secret`.
    ///
    /// # Errors
    /// [`NotDone::Refused`] when the code is not the secret's now; [`NotDone::Already`]; [`NotDone::NoAccount`].
    pub async fn enroll_by_code(
        &self,
        tenant: TenantId,
        id: ObjectId,
        (secret, code): (&Secret, &str),
        clock: &dyn Clock,
    ) -> Result<(), NotDone> {
        let (view, account) = self.living(tenant, id).await?;
        if account.mfa != Mfa::None {
            let why = format!("{} has a second factor already", account.upn);
            return Err(NotDone::Already(why));
        }
        let now = view.now(clock);
        let bytes = unbase32(secret.expose()).ok_or(BadSeal::Form)?;
        let Some(step) = matching_step(&bytes, code.trim(), now) else {
            let why = "the code is not one of the authenticator's now";
            return Err(NotDone::Refused(Refusal::new(&aadsts::MFA_FAILED, why)));
        };
        let factor = Mfa::Totp {
            secret: self.sealer.seal(self.chance, PURPOSE, &bytes)?,
            used: Some(step),
        };
        self.register(tenant, id, &factor, now).await
    }

    /// Writes a second factor and the mail that tells of it.
    async fn register(
        &self,
        tenant: TenantId,
        id: ObjectId,
        factor: &Mfa,
        now: Timestamp,
    ) -> Result<(), NotDone> {
        self.make_room(tenant).await?;
        // One mail for this change, however often the write is tried.
        let event = format!("authenticator {}", self.chance.uuid());
        self.store
            .update::<Tenant, _, NotDone>(tenant, |view, changes| {
                let mut account = living(view, id)?.clone();
                account.mfa = factor.clone();
                changes.put(KIND_ACCOUNT, id, &account);
                let letter = letters::authenticator(&account.name, account.upn.as_str());
                let to = account.mail_address();
                let seal = (self.sealer, self.chance);
                let mail = Mail::new(Kind::Alert, &event, to, &letter, seal, now)?;
                changes.put(KIND_MAIL, mail.id, &mail);
                Ok(())
            })
            .await
    }

    /// The code that an account's authenticator shows now, for tests that cannot hold a telephone.
    ///
    /// # Errors
    /// [`NotDone::NotPossible`] when the account has no authenticator.
    pub async fn code_now(
        &self,
        tenant: TenantId,
        id: ObjectId,
        clock: &dyn Clock,
    ) -> Result<Secret, NotDone> {
        let (view, account) = self.living(tenant, id).await?;
        let Mfa::Totp { secret, .. } = &account.mfa else {
            return Err(NotDone::NotPossible(format!(
                "{} has no authenticator",
                account.upn
            )));
        };
        let secret = self.sealer.open(PURPOSE, secret)?;
        Ok(Secret::new(code_at(&secret, step_of(view.now(clock)))))
    }
}

/// A second factor from a secret that a world file gives in base32.
///
/// # Errors
/// [`BadSeal::Form`] when the text is not base32.
pub fn totp(secret: &str, sealer: &Sealer, chance: &dyn Chance) -> Result<Mfa, BadSeal> {
    let bytes = unbase32(secret).ok_or(BadSeal::Form)?;
    Ok(Mfa::Totp {
        secret: sealer.seal(chance, PURPOSE, &bytes)?,
        used: None,
    })
}

fn step_of(now: Timestamp) -> u64 {
    u64::try_from(now.seconds().div_euclid(STEP_SECONDS)).unwrap_or(0)
}

fn matching_step(secret: &[u8], code: &str, now: Timestamp) -> Option<u64> {
    let step = step_of(now);
    (step.saturating_sub(DRIFT)..=step + DRIFT).find(|step| crypt::same(&code_at(secret, *step), code))
}

/// Six digits (RFC 4226 5.3).
fn code_at(secret: &[u8], step: u64) -> String {
    let mac = crypt::hmac_sha1(secret, &step.to_be_bytes());
    let offset = usize::from(mac[19] & 0x0f);
    let word = mac[offset..offset + 4]
        .iter()
        .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 6, without padding, as authenticators take it.
fn base32(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut held) = (String::new(), 0_u32, 0_u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits) & 31) as usize]));
    }
    text
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for c in text.bytes().filter(|c| !c.is_ascii_whitespace() && *c != b'=') {
        let value = ALPHABET
            .iter()
            .position(|known| *known == c.to_ascii_uppercase())?;
        held = (held << 5 | u32::try_from(value).ok()?) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_the_rfc() {
        // RFC 6238, appendix B: the last six of its eight digits.
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(secret, step_of(Timestamp::from_seconds(seconds))), code);
        }
        let now = Timestamp::from_seconds(1_111_111_111);
        let at = |offset: i64| Timestamp::from_seconds(1_111_111_111 + offset);
        let code = code_at(secret, step_of(now));
        assert!(
            matching_step(secret, &code, at(30)).is_some() && matching_step(secret, &code, at(-30)).is_some()
        );
        assert!(
            matching_step(secret, &code, at(61)).is_none() && matching_step(secret, &code, at(-61)).is_none()
        );
    }

    #[test]
    fn base32_as_the_rfc_has_it() {
        // RFC 4648, section 10, without the padding.
        for (plain, text) in [
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), text);
            assert_eq!(unbase32(text).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(unbase32("mzxw 6ytb oi==").as_deref(), Some(b"foobar".as_slice()));
        assert_eq!(unbase32("M1"), None);
        assert_eq!(unbase32(""), None);
    }
}
