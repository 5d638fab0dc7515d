//! `grantflow keys`: what an operator does with the signing keys. A running server notices.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use grantflow::key::Algorithm;

use super::file::{Entry, KeyFile};
use crate::config::ConfigError;

/// The file that holds the signing keys.
#[derive(Args, Debug)]
pub(crate) struct Keys {
    /// Where the keys are
    #[arg(long, env = "GRANTFLOW_KEYS", value_name = "FILE")]
    keys: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Says which key signs with what, and until when
    List,
    /// Makes a successor for an algorithm's key: published at once, it signs when everybody has it
    Rotate {
        /// What the key signs with
        #[arg(long, default_value = "RS256", value_parser = algorithm)]
        alg: Algorithm,
        /// Seconds until the successor signs: longer than anybody may keep an old set of keys
        #[arg(long, default_value_t = 600)]
        overlap: u64,
        /// Seconds for which the old key stays published after that: longer than what it signed lives
        #[arg(long, default_value_t = 86_400)]
        keep: u64,
    },
    /// Ends a key at once: what it signed is no longer believed
    Retire {
        /// Its name
        // One in 64 begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    let names = Algorithm::ALL.map(Algorithm::name).join(", ");
    Algorithm::parse(text).ok_or_else(|| format!("one of {names}"))
}

impl Keys {
    /// Does what was asked, and says what is so now.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] if the file cannot be read or written, or nothing would be left to sign with.
    pub(crate) fn run(&self, now: u64, out: &mut impl Write) -> Result<(), ConfigError> {
        let mut file = KeyFile::read(&self.keys)?;
        match &self.command {
            Command::List => {}
            Command::Rotate { alg, overlap, keep } => {
                rotate(&mut file, *alg, now, (*overlap, *keep))?;
                file.write(&self.keys)?;
            }
            Command::Retire { kid } => {
                retire(&mut file, kid, now)?;
                file.write(&self.keys)?;
            }
        }
        list(&file, now, out).map_err(|error| ConfigError(error.to_string()))
    }
}

/// Adds a key that signs once the present one has stopped, and forgets those nobody sees any more.
fn rotate(
    file: &mut KeyFile,
    alg: Algorithm,
    now: u64,
    (overlap, keep): (u64, u64),
) -> Result<(), ConfigError> {
    file.keys.retain(|key| key.published_until.is_none_or(|until| now < until));
    for key in file.keys.iter_mut().filter(|key| key.alg == alg.name()) {
        let until = key.signs_until.unwrap_or(u64::MAX).min(now.saturating_add(overlap));
        key.signs_until = Some(until);
        key.published_until.get_or_insert_with(|| until.max(now).saturating_add(keep));
    }
    file.keys.push(Entry::generate(alg)?);
    Ok(())
}

/// Ends a key at once, if another one can sign in its place.
fn retire(file: &mut KeyFile, kid: &str, now: u64) -> Result<(), ConfigError> {
    let Some(alg) = file.keys.iter().find(|key| key.kid == kid).map(|key| key.alg.clone()) else {
        return Err(ConfigError(format!("there is no key {kid}")));
    };
    let signs = |key: &Entry| key.signs_until.is_none_or(|until| now < until);
    if !file.keys.iter().any(|key| key.alg == alg && key.kid != kid && signs(key)) {
        return Err(ConfigError(format!(
            "{kid} is the only key that signs with {alg}: rotate first, then retire it"
        )));
    }
    for key in file.keys.iter_mut().filter(|key| key.kid == kid) {
        key.signs_until = Some(now.min(key.signs_until.unwrap_or(now)));
        key.published_until = Some(now);
    }
    Ok(())
}

fn list(file: &KeyFile, now: u64, out: &mut impl Write) -> std::io::Result<()> {
    let mut signing: Vec<&str> = Vec::new();
    for key in &file.keys {
        let may_sign = key.signs_until.is_none_or(|until| now < until);
        let state = if key.published_until.is_some_and(|until| until <= now) {
            "ended".to_owned()
        } else if !may_sign {
            format!("published for {} s more", left(key.published_until, now))
        } else if signing.contains(&key.alg.as_str()) {
            "signs next".to_owned()
        } else {
            signing.push(&key.alg);
            match key.signs_until {
                Some(_) => format!("signs for {} s more", left(key.signs_until, now)),
                None => "signs".to_owned(),
            }
        };
        writeln!(out, "{}  {:5}  {state}", key.kid, key.alg)?;
    }
    Ok(())
}

fn left(until: Option<u64>, now: u64) -> u64 {
    until.unwrap_or(now).saturating_sub(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALG: Algorithm = Algorithm::EdDsa;

    fn states(file: &KeyFile, now: u64) -> Vec<String> {
        let mut out = Vec::new();
        list(file, now, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.lines().map(|line| line.splitn(3, "  ").nth(2).unwrap().trim().to_owned()).collect()
    }

    #[test]
    fn a_rotation_overlaps_and_then_the_old_key_goes() {
        let mut file = KeyFile::default();
        rotate(&mut file, ALG, 0, (10, 100)).unwrap();
        assert_eq!(states(&file, 0), ["signs"]);
        rotate(&mut file, ALG, 1000, (10, 100)).unwrap();
        assert_eq!(states(&file, 1000), ["signs for 10 s more", "signs next"]);
        assert_eq!(states(&file, 1010), ["published for 100 s more", "signs"]);
        assert_eq!(states(&file, 1110), ["ended", "signs"]);
        assert!(file.load().is_ok());
        rotate(&mut file, ALG, 2000, (10, 100)).unwrap();
        assert_eq!(file.keys.len(), 2);
    }

    #[test]
    fn two_rotations_in_a_row_leave_one_key_after_the_other() {
        let mut file = KeyFile::default();
        for now in [0, 5, 6] {
            rotate(&mut file, ALG, now, (10, 100)).unwrap();
        }
        assert_eq!(states(&file, 7), ["signs for 8 s more", "signs next", "signs next"]);
        assert!(file.load().is_ok());
    }

    #[test]
    fn the_last_key_is_not_retired_and_another_ends_at_once() {
        let mut file = KeyFile::default();
        rotate(&mut file, ALG, 0, (10, 100)).unwrap();
        let old = file.keys[0].kid.clone();
        assert!(retire(&mut file, &old, 5).unwrap_err().0.contains("only key"));
        assert!(retire(&mut file, "other", 5).is_err());
        rotate(&mut file, ALG, 5, (10, 100)).unwrap();
        retire(&mut file, &old, 6).unwrap();
        assert_eq!(states(&file, 6), ["ended", "signs"]);
        assert!(file.load().is_ok());
    }
}
