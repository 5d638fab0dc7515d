//! Who may sign in, and what is known about them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use grantflow::secret::Secret;
use serde_json::{Map, Value};

use crate::config::{ConfigError, User};
use crate::gate::{Busy, Gate};

/// The standard claims ([OpenID Connect Core §5.1]), without `sub`, which is `subject`.
///
/// [OpenID Connect Core §5.1]: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
const TEXT_CLAIMS: [&str; 15] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
];

/// Who may sign in.
#[derive(Debug)]
pub(crate) struct Directory {
    by_username: BTreeMap<String, Arc<Person>>,
    by_subject: BTreeMap<String, Arc<Person>>,
    /// A hash that no password fits: what an unknown username is compared with.
    dummy: String,
    gate: Gate,
    scratch: Arc<Scratch>,
}

/// Memory to hash in, kept from one sign-in to the next: allocators do not always give such pieces
/// back, and then a storm of sign-ins would cost much more than what is hashed at once.
#[derive(Debug, Default)]
struct Scratch(Mutex<Vec<Vec<Block>>>);

impl Scratch {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<Block>) -> T) -> T {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = kept.unwrap_or_default();
        let done = work(&mut memory);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        done
    }
}

struct Person {
    subject: String,
    password_hash: String,
    claims: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Directory {
    /// Takes the people of a configuration.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] that names the user and never the password.
    pub(crate) fn new(users: Vec<User>) -> Result<Self, ConfigError> {
        let mut by_username = BTreeMap::new();
        let mut by_subject = BTreeMap::new();
        for user in users {
            let username = user.username.clone();
            let person = Person::new(user)
                .map_err(|problem| ConfigError(format!("user {username:?}: {problem}")))?;
            let person = Arc::new(person);
            let twin = by_username.insert(username.clone(), Arc::clone(&person)).is_some()
                | by_subject.insert(person.subject.clone(), person).is_some();
            if twin {
                return Err(ConfigError(format!("user {username:?}: is there twice")));
            }
        }
        let failed = |_| ConfigError("cannot hash passwords".into());
        let dummy = random().and_then(|bytes| hash(&bytes)).map_err(failed)?;
        Ok(Self { by_username, by_subject, dummy, gate: Gate::new(), scratch: Arc::default() })
    }

    /// The subject behind `username`, if there is one.
    pub(crate) fn subject(&self, username: &str) -> Option<&str> {
        self.by_username.get(username).map(|person| person.subject.as_str())
    }

    /// The subject, if the password is right.
    ///
    /// # Errors
    ///
    /// [`Busy`] if too many sign in at once.
    ///
    /// # Security
    ///
    /// An unknown username costs the same hash as a wrong password. A hash takes 19 MiB,
    /// so it goes through a [`Gate`].
    pub(crate) async fn sign_in(
        &self,
        username: &str,
        password: &Secret,
    ) -> Result<Option<String>, Busy> {
        let person = self.by_username.get(username);
        let kept = person.map_or(&self.dummy, |person| &person.password_hash).clone();
        let password = password.clone();
        let scratch = Arc::clone(&self.scratch);
        let hash = move || scratch.with(|memory| verify(&password, &kept, memory));
        let fits = self.gate.pass(hash).await?.unwrap_or(false);
        Ok(person.filter(|_| fits).map(|person| person.subject.clone()))
    }

    /// Everything known about a subject, as a JSON object of standard claims.
    pub(crate) fn claims(&self, subject: &str) -> Option<String> {
        self.by_subject.get(subject).map(|person| person.claims.clone())
    }
}

impl Person {
    fn new(user: User) -> Result<Self, String> {
        let User { username, password, password_hash, subject, mut claims } = user;
        let wanted = |name: &str| format!("{name} is of the wrong type, or no standard claim");
        if let Some((name, _)) = claims.iter().find(|(name, value)| !is_claim(name, value)) {
            return Err(wanted(name));
        }
        claims.entry("preferred_username").or_insert_with(|| username.clone().into());
        let password_hash = match (password, password_hash) {
            (Some(password), None) if !password.is_empty() => {
                hash(password.as_bytes()).map_err(|Busy| "cannot hash the password")?
            }
            (None, Some(kept)) if kept.starts_with("$argon2id$") => {
                PasswordHash::new(&kept).map_err(|_| "password_hash is not a PHC string")?;
                kept
            }
            (None, Some(_)) => return Err("password_hash is not one of Argon2id".into()),
            _ => return Err("needs password or password_hash, one of them".into()),
        };
        let subject = subject.unwrap_or(username);
        // [OpenID Connect Core §2]: at most 255 characters of ASCII.
        if subject.is_empty()
            || subject.len() > 255
            || !subject.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err("subject must be 1 to 255 printable ASCII characters".into());
        }
        if subject.starts_with("client:") {
            return Err("subject must not begin with client:, for that is what apps are".into());
        }
        Ok(Self { subject, password_hash, claims: Value::Object(claims).to_string() })
    }
}

/// Whether a claim is one of the standard, and of its type.
fn is_claim(name: &str, value: &Value) -> bool {
    match name {
        "email_verified" | "phone_number_verified" => value.is_boolean(),
        "updated_at" => value.is_u64(),
        "address" => {
            value.as_object().is_some_and(|a: &Map<_, _>| a.values().all(Value::is_string))
        }
        text => TEXT_CLAIMS.contains(&text) && value.is_string(),
    }
}

/// Argon2id with 19 MiB, two passes, one lane: the OWASP minimum that is balanced.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A PHC string of the password with a fresh salt.
fn hash(password: &[u8]) -> Result<String, Busy> {
    let hashed = hasher().hash_password_with_salt(password, &random()?).map_err(|_| Busy)?;
    let hashed: PasswordHash = hashed;
    Ok(hashed.to_string())
}

/// Whether the password is the one of a PHC string; nothing if the string makes no sense.
fn verify(password: &Secret, kept: &str, memory: &mut Vec<Block>) -> Option<bool> {
    let kept = PasswordHash::new(kept).ok()?;
    let (salt, wanted) = (kept.salt?, kept.hash?);
    let algorithm = Algorithm::try_from(kept.algorithm.as_str()).ok()?;
    let version = kept.version.map_or_else(|| Ok(Version::default()), Version::try_from).ok()?;
    let params = Params::try_from(&kept).ok()?;
    memory.resize(params.block_count(), Block::default());
    let mut output = vec![0; wanted.len()];
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password.expose().as_bytes(), &salt, &mut output, memory)
        .ok()?;
    // `Output` compares in constant time.
    Some(Output::new(&output).ok()? == wanted)
}

fn random() -> Result<[u8; 16], Busy> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Busy)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_signs_in_and_nothing_else_does() {
        let directory = Directory::new(vec![ada()]).unwrap();
        let ask = async |name: &str, password: &str| {
            directory.sign_in(name, &Secret::new(password)).await.unwrap()
        };
        assert_eq!(ask("ada", "s3cret").await.as_deref(), Some("ada-1815"));
        assert_eq!(ask("ada", "S3cret").await, None);
        assert_eq!(ask("ada", "").await, None);
        assert_eq!(ask("Ada", "s3cret").await, None);
        assert_eq!(ask("", "").await, None);
    }

    #[test]
    fn claims_are_json_with_the_username_among_them() {
        let directory = Directory::new(vec![ada()]).unwrap();
        let claims: Value = serde_json::from_str(&directory.claims("ada-1815").unwrap()).unwrap();
        assert_eq!(claims["name"], "Ada \"Countess\" Lovelace");
        assert_eq!(claims["preferred_username"], "ada");
        assert!(claims.get("password").is_none());
        assert_eq!(directory.claims("ada"), None);
    }

    #[test]
    fn people_that_make_no_sense_are_refused() {
        let refused = |change: fn(&mut User)| {
            let mut user = ada();
            change(&mut user);
            Directory::new(vec![user]).is_err()
        };
        assert!(!refused(|_| {}));
        assert!(refused(|user| user.password = None));
        assert!(refused(|user| user.password = Some(String::new())));
        assert!(refused(|user| user.password_hash = Some("$argon2id$".into())));
        assert!(refused(|user| user.subject = Some("a b".into())));
        assert!(refused(|user| user.subject = Some("client:ada".into())));
        assert!(refused(|user| _ = user.claims.insert("shoe_size".into(), 38.into())));
        assert!(refused(|user| _ = user.claims.insert("email".into(), 38.into())));
        assert!(Directory::new(vec![ada(), ada()]).is_err());
    }

    #[test]
    fn a_hash_in_the_configuration_is_taken_as_it_is() {
        let kept = hash(b"swordfish").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        let user = User { password: None, password_hash: Some(kept.clone()), ..ada() };
        assert!(Directory::new(vec![user]).is_ok());
        let mut memory = Vec::new();
        assert_eq!(verify(&Secret::new("swordfish"), &kept, &mut memory), Some(true));
        assert_eq!(verify(&Secret::new("sword"), &kept, &mut memory), Some(false));
        let foreign = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$";
        assert_eq!(verify(&Secret::new("swordfish"), foreign, &mut memory), None);
        assert_eq!(verify(&Secret::new("swordfish"), &kept, &mut memory), Some(true));
        assert!(!format!("{:?}", ada()).contains("s3cret"));
    }

    fn ada() -> User {
        let mut claims = Map::new();
        claims.insert("name".into(), "Ada \"Countess\" Lovelace".into());
        User {
            username: "ada".into(),
            password: Some("s3cret".into()),
            password_hash: None,
            subject: Some("ada-1815".into()),
            claims,
        }
    }
}
