//! `claims`: what a client wants to know, claim by claim
//! ([OpenID Connect Core §5.5](https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter)).

use alloc::string::String;
use alloc::vec::Vec;

use super::json::{self, JsonError, Object, Value, Writer};

/// What a client wants to know, and where it wants to read it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClaimsRequest {
    /// At the userinfo endpoint.
    pub userinfo: Vec<ClaimRequest>,
    /// In the ID token.
    pub id_token: Vec<ClaimRequest>,
}

/// One claim a client wants.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClaimRequest {
    /// Its name.
    pub name: String,
    /// Whether the client cannot do without it.
    pub essential: bool,
    /// The only values that will do, as JSON, most wanted first; empty is any.
    pub values: Vec<String>,
}

/// Why `claims` is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClaimsRequestError {
    /// Not JSON as we read it, or no object.
    Json(JsonError),
    /// A member of the wrong type.
    BadType,
}

impl ClaimRequest {
    /// A claim that is wanted and may be missing.
    #[must_use]
    pub fn of(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The strings among the values.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.values
            .iter()
            .filter_map(|value| json::parse(value.as_bytes()).ok()?.string().map(Into::into))
    }
}

impl ClaimsRequest {
    /// Reads the parameter; members nobody knows are ignored.
    ///
    /// # Errors
    ///
    /// The first [`ClaimsRequestError`] that applies.
    pub fn parse(text: &str) -> Result<Self, ClaimsRequestError> {
        let said = json::parse_object(text.as_bytes()).map_err(ClaimsRequestError::Json)?;
        Ok(Self { userinfo: place(said, "userinfo")?, id_token: place(said, "id_token")? })
    }

    /// The parameter.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Writer::object();
        for (name, claims) in [("userinfo", &self.userinfo), ("id_token", &self.id_token)] {
            if !claims.is_empty() {
                let members = claims.iter().fold(Writer::object(), |out, claim| claim.write(out));
                out = out.raw(name, &members.finish());
            }
        }
        out.finish()
    }
}

impl ClaimRequest {
    fn write(&self, out: Writer) -> Writer {
        if !self.essential && self.values.is_empty() {
            return out.raw(&self.name, "null");
        }
        let mut members = Writer::object();
        if self.essential {
            members = members.boolean("essential", true);
        }
        members = match self.values.as_slice() {
            [] => members,
            [only] => members.raw("value", only),
            several => members.raw("values", &["[", &several.join(","), "]"].concat()),
        };
        out.raw(&self.name, &members.finish())
    }
}

fn place(said: Object<'_>, name: &str) -> Result<Vec<ClaimRequest>, ClaimsRequestError> {
    let Some(value) = said.get(name).filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let claims = value.object().ok_or(ClaimsRequestError::BadType)?;
    claims.members().map(|(name, value)| claim(&name, value)).collect()
}

fn claim(name: &str, value: Value<'_>) -> Result<ClaimRequest, ClaimsRequestError> {
    let bad = ClaimsRequestError::BadType;
    if value.is_null() {
        return Ok(ClaimRequest::of(name));
    }
    let said = value.object().ok_or(bad)?;
    let essential = match said.get("essential") {
        Some(value) => value.boolean().ok_or(bad)?,
        None => false,
    };
    let values = match (said.get("value"), said.get("values")) {
        (Some(_), Some(_)) => return Err(bad),
        (Some(only), None) => [only.text().into()].into(),
        (None, Some(several)) => {
            several.array().ok_or(bad)?.map(|value| value.text().into()).collect()
        }
        (None, None) => Vec::new(),
    };
    Ok(ClaimRequest { name: name.into(), essential, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::mangle::mangled;

    const WHOLE: &str = r#"{"userinfo":{"given_name":{"essential":true},"nickname":null},"id_token":{"auth_time":{"essential":true},"acr":{"values":["a","b"]},"sub":{"value":"alice"}}}"#;

    #[test]
    fn a_request_reads_and_writes_back() {
        let asked = ClaimsRequest::parse(WHOLE).unwrap();
        let [name, nickname] = asked.userinfo.as_slice() else { panic!("{asked:?}") };
        assert!(name.essential && !nickname.essential);
        assert_eq!(asked.id_token[1].texts().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(asked.id_token[2].texts().collect::<Vec<_>>(), ["alice"]);
        assert_eq!(asked.to_json(), WHOLE);
    }

    #[test]
    fn what_nobody_knows_is_ignored_and_nothing_is_nothing() {
        for text in ["{}", r#"{"userinfo":null,"other":{"x":1}}"#, r#"{"id_token":{}}"#] {
            assert_eq!(ClaimsRequest::parse(text), Ok(ClaimsRequest::default()), "{text}");
        }
        let odd = ClaimsRequest::parse(r#"{"userinfo":{"name":{"other":7}}}"#).unwrap();
        assert_eq!(odd.userinfo, [ClaimRequest::of("name")]);
    }

    #[test]
    fn a_request_of_the_wrong_shape_is_refused() {
        for text in [
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"name":true}}"#,
            r#"{"userinfo":{"name":{"essential":"yes"}}}"#,
            r#"{"userinfo":{"name":{"values":"x"}}}"#,
            r#"{"userinfo":{"name":{"value":"x","values":["x"]}}}"#,
        ] {
            assert_eq!(ClaimsRequest::parse(text), Err(ClaimsRequestError::BadType), "{text}");
        }
        let error = ClaimsRequestError::Json(JsonError::NotAnObject);
        assert_eq!(ClaimsRequest::parse("[]"), Err(error));
    }

    #[test]
    fn a_damaged_request_reads_or_does_not() {
        for bytes in mangled(WHOLE.as_bytes(), 5_000) {
            let Ok(text) = core::str::from_utf8(&bytes) else { continue };
            if let Ok(asked) = ClaimsRequest::parse(text) {
                assert_eq!(ClaimsRequest::parse(&asked.to_json()), Ok(asked));
            }
        }
    }
}
