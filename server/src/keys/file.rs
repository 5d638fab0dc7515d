//! The file that keeps the signing keys, so that they outlive the process and can be changed while
//! it runs.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grantflow::key::Algorithm;
use grantflow::server::{KeySet, ServerKey};
use grantflow::time::UnixTime;
use serde::{Deserialize, Serialize};

use super::{PrivateKey, Signer};
use crate::config::ConfigError;

/// Only who runs the server may read it.
const MODE: u32 = 0o600;

/// What the file holds: keys in the order in which they sign.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyFile {
    pub(crate) keys: Vec<Entry>,
}

/// One key, and how long it is for what; times in seconds since 1970.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) kid: String,
    pub(crate) alg: String,
    #[serde(default)]
    pub(crate) signs_until: Option<u64>,
    #[serde(default)]
    pub(crate) published_until: Option<u64>,
    /// PKCS #8, in PEM.
    private_key: String,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl KeyFile {
    /// Reads a file; an absent one holds no keys.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] that names the file and shows nothing of it.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let named = |problem: &str| ConfigError(format!("{}: {problem}", path.display()));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(named(&error.to_string())),
        };
        serde_json::from_str(&text)
            .map_err(|error| named(&format!("line {}: no key file", error.line())))
    }

    /// Writes the file whole or not at all.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] that names the file.
    pub(crate) fn write(&self, path: &Path) -> Result<(), ConfigError> {
        let named = |error: std::io::Error| ConfigError(format!("{}: {error}", path.display()));
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| ConfigError(format!("{}: {error}", path.display())))?;
        let mut draft = path.to_owned();
        draft.as_mut_os_string().push(".new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(MODE);
        let mut file = options.open(&draft).map_err(named)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(named)?;
        fs::rename(&draft, path).map_err(named)
    }

    /// The keys, ready to sign and to be published.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] that names the key.
    pub(crate) fn load(&self) -> Result<(Signer, KeySet), ConfigError> {
        let mut signer = Signer::default();
        let mut keys = Vec::new();
        for entry in &self.keys {
            let bad = |problem: &str| ConfigError(format!("key {:?}: {problem}", entry.kid));
            let key = entry.private_key().ok_or_else(|| bad("is not one for its alg"))?;
            let key = signer.add(key).map_err(|_| bad("does not work"))?;
            if key.kid.as_deref() != Some(entry.kid.as_str()) {
                return Err(bad("has the name of another key"));
            }
            keys.push(ServerKey {
                key,
                signs_until: entry.signs_until.map(UnixTime::from_secs),
                published_until: entry.published_until.map(UnixTime::from_secs),
            });
        }
        let keys = KeySet::new(keys)
            .map_err(|error| ConfigError(format!("the keys are not taken: {error:?}")))?;
        Ok((signer, keys))
    }
}

impl Entry {
    /// A new key for `alg`, without an end.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] if there is no randomness.
    pub(crate) fn generate(alg: Algorithm) -> Result<Self, ConfigError> {
        let failed = |_| ConfigError("cannot make a key".into());
        let key = PrivateKey::generate(alg).map_err(failed)?;
        let der = key.to_pkcs8().map_err(failed)?;
        let kid = key.public().map_err(failed)?.kid.unwrap_or_default();
        Ok(Self {
            kid,
            alg: alg.name().into(),
            signs_until: None,
            published_until: None,
            private_key: pem(&der),
        })
    }

    fn private_key(&self) -> Option<PrivateKey> {
        let alg = Algorithm::parse(&self.alg)?;
        PrivateKey::from_pkcs8(alg, &from_pem(&self.private_key)?).ok()
    }
}

const HEAD: &str = "-----BEGIN PRIVATE KEY-----";
const FOOT: &str = "-----END PRIVATE KEY-----";

fn pem(der: &[u8]) -> String {
    format!("{HEAD}\n{}\n{FOOT}\n", STANDARD.encode(der))
}

fn from_pem(text: &str) -> Option<Vec<u8>> {
    let inner = text.trim().strip_prefix(HEAD)?.strip_suffix(FOOT)?;
    let digits: String = inner.split_whitespace().collect();
    STANDARD.decode(digits).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_survive_in_a_file_that_only_its_owner_reads() {
        let path = std::env::temp_dir().join(format!("grantflow-keys-{}", std::process::id()));
        assert!(KeyFile::read(&path).unwrap().keys.is_empty());
        let keys = Algorithm::ALL.map(|alg| Entry::generate(alg).unwrap());
        let kids: Vec<_> = keys.iter().map(|key| key.kid.clone()).collect();
        KeyFile { keys: keys.into() }.write(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = KeyFile::read(&path).unwrap();
        assert_eq!(read.keys.iter().map(|key| key.kid.clone()).collect::<Vec<_>>(), kids);
        assert!(read.load().is_ok());
        fs::write(&path, "{\"keys\":[{\"private_key\":\"s3cret\"").unwrap();
        let error = KeyFile::read(&path).unwrap_err();
        assert!(!error.0.contains("s3cret"), "{error}");
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_key_under_a_wrong_name_or_algorithm_is_refused() {
        let entry = || Entry::generate(Algorithm::EdDsa).unwrap();
        let load = |entry| KeyFile { keys: vec![entry] }.load().map(|_| ());
        assert_eq!(load(entry()), Ok(()));
        assert!(load(Entry { kid: "other".into(), ..entry() }).is_err());
        assert!(load(Entry { alg: "ES256".into(), ..entry() }).is_err());
        assert!(load(Entry { alg: "HS256".into(), ..entry() }).is_err());
        assert!(load(Entry { private_key: "s3cret".into(), ..entry() }).is_err());
        assert!(load(Entry { published_until: Some(7), ..entry() }).is_err());
        assert!(!format!("{:?}", entry()).contains("PRIVATE"));
    }
}
