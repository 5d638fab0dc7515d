//! The few kinds of URI that OAuth trusts, each a type of its own.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use core::fmt;

use crate::text::{cut, has, number, until};

mod host;

/// Most bytes of a URI.
pub const LONGEST_URI: usize = 2048;

/// Why a URI is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UriError {
    /// Longer than [`LONGEST_URI`].
    TooLong,
    /// Not ASCII, or a space, control, quote, backslash, or `*` where a host belongs.
    BadCharacter,
    /// No `scheme:`, or no host where the scheme needs one, or a port that is no number, or a number
    /// there or for a host that is not spelled as everybody spells it.
    Malformed,
    /// A scheme that runs script or opens files, or `http` to a host that is not this machine.
    ForbiddenScheme,
    /// `user@host` ([RFC 9110 §4.2.4](https://www.rfc-editor.org/rfc/rfc9110#section-4.2.4)).
    HasUserinfo,
    /// `#…` ([RFC 6749 §3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2)).
    HasFragment,
    /// Capitals in the host, or the port that the scheme has anyway: browsers spell neither, so
    /// what they send in `Origin` would never match.
    NotCanonical,
    /// `?…` where an issuer must have none
    /// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
    HasQuery,
}

/// A URI taken apart, nothing decoded and nothing normalised.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parts<'u> {
    /// Before the first `:`.
    pub scheme: &'u str,
    /// Between `//` and the port, brackets of an IPv6 literal included; empty if there is no `//`.
    pub host: &'u str,
    /// After the host.
    pub port: Option<u16>,
    /// From the first `/` after the host, or all after `scheme:`.
    pub path: &'u str,
    /// After `?`.
    pub query: Option<&'u str>,
}

impl<'u> Parts<'u> {
    /// Takes `text` apart, strictly: ASCII, no user, no fragment.
    ///
    /// # Errors
    ///
    /// The first [`UriError`] that applies.
    pub fn of(text: &'u str) -> Result<Self, UriError> {
        if text.len() > LONGEST_URI {
            return Err(UriError::TooLong);
        }
        if !text.bytes().all(|b| {
            b.is_ascii_graphic()
                && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{'..=b'}')
        }) {
            return Err(UriError::BadCharacter);
        }
        if has(text, b'#') {
            return Err(UriError::HasFragment);
        }
        let (scheme, rest) = cut(text, b':').ok_or(UriError::Malformed)?;
        if !is_scheme(scheme) {
            return Err(UriError::Malformed);
        }
        let (before, query) = match cut(rest, b'?') {
            Some((before, query)) => (before, Some(query)),
            None => (rest, None),
        };
        let Some(after) = before.strip_prefix("//") else {
            return Ok(Self { scheme, host: "", port: None, path: before, query });
        };
        let (authority, path) = until(after, b"/");
        if has(authority, b'@') {
            return Err(UriError::HasUserinfo);
        }
        let (host, port) = split_port(authority)?;
        if host.bytes().any(|b| matches!(b, b'*' | b'%')) {
            return Err(UriError::BadCharacter);
        }
        let is_web = matches!(scheme, "http" | "https");
        if !(if is_web { host::is_web_host(host) } else { host::is_host(host) }) {
            return Err(UriError::Malformed);
        }
        Ok(Self { scheme, host, port, path, query })
    }

    /// Whether the host is this machine by number: `127.0.0.1` or `[::1]`
    /// ([RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
    #[must_use]
    pub fn is_loopback_literal(&self) -> bool {
        matches!(self.host, "127.0.0.1" | "[::1]")
    }

    /// Whether the host is this machine, by number or as `localhost` or below it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.is_loopback_literal() || self.host == "localhost" || self.host.ends_with(".localhost")
    }

    /// Whether what is sent there can be read on the way: `http` to another machine.
    #[must_use]
    pub fn is_safe_http(&self) -> bool {
        !self.host.is_empty()
            && (self.scheme == "https" || (self.scheme == "http" && self.is_loopback()))
    }
}

/// `scheme://host:port` of an `http` or `https` URI, as browsers send it in `Origin`.
#[must_use]
pub fn origin(text: &str) -> Option<&str> {
    let parts = Parts::of(text).ok()?;
    if !matches!(parts.scheme, "http" | "https") || parts.host.is_empty() {
        return None;
    }
    let start = parts.scheme.len() + "://".len();
    let authority = until(text.get(start..)?, b"/?").0;
    text.get(..start + authority.len())
}

/// The origin of an `http` or `https` URI as browsers spell it: the host in small letters, the port
/// only if it is not the usual one ([RFC 6454 §6.2](https://www.rfc-editor.org/rfc/rfc6454#section-6.2)).
#[must_use]
pub fn web_origin(text: &str) -> Option<String> {
    origin(text)?;
    let parts = Parts::of(text).ok()?;
    let mut spelled = String::from(parts.scheme);
    spelled.push_str("://");
    spelled.push_str(&parts.host.to_ascii_lowercase());
    if let Some(port) = parts.port.filter(|port| *port != default_port(parts.scheme)) {
        spelled.push(':');
        spelled.push_str(&port.to_string());
    }
    Some(spelled)
}

fn default_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

fn without_slashes(text: &str) -> &str {
    let kept = text.bytes().rposition(|b| b != b'/').map_or(0, |at| at + 1);
    text.get(..kept).unwrap_or_default()
}

fn is_scheme(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), UriError> {
    let (host, port) = if authority.starts_with('[') {
        let bracket = until(authority, b"]").0.len();
        authority.split_at_checked(bracket + 1).ok_or(UriError::Malformed)?
    } else {
        until(authority, b":")
    };
    if host.is_empty() {
        return Err(UriError::Malformed);
    }
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok((host, None)),
        None => Err(UriError::Malformed),
        Some(digits) => {
            let is_plain = digits.len() == 1 || !digits.starts_with('0');
            let port = number(digits).filter(|_| is_plain);
            let port = port.and_then(|port| u16::try_from(port).ok());
            port.map(|port| (host, Some(port))).ok_or(UriError::Malformed)
        }
    }
}

/// The name of an authorization server ([RFC 8414 §2]): `https`, or `http` on this machine.
///
/// Compared byte for byte, so nothing is trimmed or added.
///
/// [RFC 8414 §2]: https://www.rfc-editor.org/rfc/rfc8414#section-2
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Issuer(String);

impl Issuer {
    /// Takes `text` if it can name a server.
    ///
    /// # Errors
    ///
    /// The first [`UriError`] that applies.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let parts = Parts::of(text)?;
        if !parts.is_safe_http() {
            return Err(UriError::ForbiddenScheme);
        }
        if parts.port == Some(default_port(parts.scheme))
            || parts.host.bytes().any(|b| b.is_ascii_uppercase())
        {
            return Err(UriError::NotCanonical);
        }
        if parts.query.is_some() {
            return Err(UriError::HasQuery);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name, byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the issuer, without a slash at its end; most have none.
    #[must_use]
    pub fn path(&self) -> &str {
        without_slashes(Parts::of(&self.0).map_or("", |parts| parts.path))
    }

    /// `scheme://host:port`, as a browser sends it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        origin(&self.0).unwrap_or(&self.0)
    }

    /// The endpoint at `path` below the issuer.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        let mut url = String::from(without_slashes(&self.0));
        url.push_str(path);
        url
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a client may be answered: absolute, without fragment, never a scheme that runs script.
///
/// `https`, `http` on this machine, or a scheme of the client's own with a dot in it
/// ([RFC 8252 §7.1](https://www.rfc-editor.org/rfc/rfc8252#section-7.1)).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Takes `text` if a browser may safely be sent there.
    ///
    /// # Errors
    ///
    /// The first [`UriError`] that applies.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let parts = Parts::of(text)?;
        let private_use = has(parts.scheme, b'.') && !parts.path.is_empty();
        if parts.is_safe_http() || private_use {
            Ok(Self(text.to_owned()))
        } else {
            Err(UriError::ForbiddenScheme)
        }
    }

    /// The URI, byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `asked` is this URI byte for byte
    /// ([RFC 9700 §2.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1)).
    #[must_use]
    pub fn is_exactly(&self, asked: &str) -> bool {
        self.0 == asked
    }

    /// Whether `asked` is this URI but for the port, and this URI is `http` on this machine: what a
    /// native app needs ([RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
    #[must_use]
    pub fn is_loopback_twin(&self, asked: &str) -> bool {
        let (Ok(ours), Ok(theirs)) = (Parts::of(&self.0), Parts::of(asked)) else { return false };
        ours.scheme == "http"
            && (ours.is_loopback_literal() || ours.host == "localhost")
            && ours == Parts { port: ours.port, ..theirs }
    }
}

#[cfg(test)]
mod tests;
