//! JavaScript's objects as the core's values, and back.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use grantflow::key::PublicKey;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{
    Access, Client, Declaration, Policy, Registration, Resource, Scope, Show, TokenFormat,
};
use grantflow::states::{self, Step};
use grantflow::time::UnixTime;
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Method, Request, Response};
use grantflow::wire::json::{self, Writer};
use grantflow::wire::jwks;
use grantflow::wire::registration::ClientMetadata;
use js_sys::{Array, Error, JSON, Object, Reflect, Uint8Array};
use serde::Serialize as _;
use wasm_bindgen::{JsCast as _, JsValue};

/// The first second that can only be a time in milliseconds: the year 5138.
const TOO_LATE: f64 = 1e11;

/// A user of the demo. The password is a toy.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) subject: String,
    pub(crate) username: String,
    pub(crate) password: Secret,
    /// A JSON object.
    pub(crate) claims: String,
}

/// An `Error` with a `code`.
pub(crate) fn fault(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    set(&error, "code", code);
    error.into()
}

/// An object with these members.
pub(crate) fn object<const N: usize>(members: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in members {
        set(&object, name, value);
    }
    object
}

fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    // Only a frozen object can refuse, and these are fresh.
    let _ = Reflect::set(object, &name.into(), &value.into());
}

/// An object that the host gave, and the code of the error if something in it is not as it should be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'o> {
    pub(crate) object: &'o JsValue,
    pub(crate) code: &'static str,
}

impl<'o> Given<'o> {
    pub(crate) fn config(object: &'o JsValue) -> Self {
        Self { object, code: "bad_config" }
    }

    pub(crate) fn bad(self, name: &str, why: &str) -> JsValue {
        fault(self.code, &format!("{name} {why}"))
    }

    /// The member, if it is there.
    pub(crate) fn maybe(self, name: &str) -> Option<JsValue> {
        let value = Reflect::get(self.object, &name.into()).ok()?;
        (!value.is_undefined() && !value.is_null()).then_some(value)
    }

    pub(crate) fn text(self, name: &str) -> Result<String, JsValue> {
        let text = self.maybe(name).and_then(|value| value.as_string());
        text.ok_or_else(|| self.bad(name, "is not a string"))
    }

    fn maybe_text(self, name: &str) -> Result<Option<String>, JsValue> {
        self.maybe(name).map(|_| self.text(name)).transpose()
    }

    pub(crate) fn list(self, name: &str) -> Result<Array, JsValue> {
        let list = self.maybe(name).and_then(|value| value.dyn_into().ok());
        list.ok_or_else(|| self.bad(name, "is not an array"))
    }

    pub(crate) fn bytes(self, name: &str) -> Result<Vec<u8>, JsValue> {
        let bytes = self.maybe(name).and_then(|value| value.dyn_into::<Uint8Array>().ok());
        bytes.map(|bytes| bytes.to_vec()).ok_or_else(|| self.bad(name, "is not a Uint8Array"))
    }

    pub(crate) fn issuer(self) -> Result<Issuer, JsValue> {
        Issuer::parse(&self.text("issuer")?)
            .map_err(|error| self.bad("issuer", &format!("is refused: {error:?}")))
    }

    pub(crate) fn sealing_key(self) -> Result<[u8; 32], JsValue> {
        let bytes = self.bytes("sealingKey")?;
        bytes.try_into().map_err(|_| self.bad("sealingKey", "is not 32 bytes"))
    }

    pub(crate) fn user(self) -> Result<User, JsValue> {
        let claims = self.maybe("claims").filter(JsValue::is_object);
        let claims = claims.and_then(|claims| JSON::stringify(&claims).ok());
        Ok(User {
            subject: self.text("subject")?,
            username: self.text("username")?,
            password: Secret::new(self.text("password")?),
            claims: claims.ok_or_else(|| self.bad("claims", "is not an object"))?.into(),
        })
    }

    /// The guide's rules, and what the host adds to them.
    pub(crate) fn policy(self) -> Result<Policy, JsValue> {
        let mut policy = Policy::new(self.issuer()?);
        for scope in self.maybe_list("scopes")?.iter() {
            policy.scopes.push(Given::config(&scope).scope()?);
        }
        for resource in self.maybe_list("resources")?.iter() {
            policy.resources.push(Given::config(&resource).resource()?);
        }
        policy.registration = match self.maybe_text("registration")?.as_deref() {
            None | Some("off") => Registration::Off,
            Some("open") => Registration::Open,
            Some(_) => return Err(self.bad("registration", "is not off or open")),
        };
        Ok(policy)
    }

    fn maybe_list(self, name: &str) -> Result<Array, JsValue> {
        self.maybe(name).map_or_else(|| Ok(Array::new()), |_| self.list(name))
    }

    fn scope(self) -> Result<Scope, JsValue> {
        let (word, meaning) = (self.text("scope")?, self.text("meaning")?);
        match ScopeSet::parse(&word) {
            Ok(set) if set.iter().count() == 1 => Ok(Scope { word, meaning }),
            Ok(_) | Err(_) => Err(self.bad("scope", "is not one scope")),
        }
    }

    fn resource(self) -> Result<Resource, JsValue> {
        let scope = self.maybe_text("scope")?.map(|scope| ScopeSet::parse(&scope)).transpose();
        Ok(Resource {
            identifier: self.text("resource")?,
            path: self.maybe_text("path")?,
            scope: scope.map_err(|_| self.bad("scope", "is no scope"))?.unwrap_or_default(),
            format: TokenFormat::Opaque,
            introspected_by: None,
        })
    }

    /// A client, in the words of [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2).
    pub(crate) fn client(self) -> Result<Client, JsValue> {
        let client_id = self.text("client_id")?;
        let metadata = ClientMetadata::parse(self.json()?.as_bytes())
            .map_err(|error| self.bad(&client_id, &format!("is refused: {error:?}")))?;
        let client_secret = self.maybe_text("client_secret")?.map(Secret::new);
        let said = Declaration { client_id, client_secret, metadata, is_trusted: true };
        // Whether a client is new is asked of no clock: the same configuration is the same client.
        Client::declare(&said, UnixTime::from_secs(0))
            .map_err(|error| self.bad(&said.client_id, &format!("is refused: {error:?}")))
    }

    /// The public half of a private key as a JWK.
    pub(crate) fn public_key(self) -> Result<PublicKey, JsValue> {
        self.text("d")?;
        let text = self.json()?;
        let bad = |why: &str| self.bad("signingKeys", why);
        let jwk = json::parse_object(text.as_bytes()).map_err(|_| bad("hold what is no JWK"))?;
        // The private half says what it is for, too, and that is not to verify.
        let only = ["kty", "n", "e", "crv", "x", "y", "alg", "kid"];
        let mut public = Writer::object();
        for (name, value) in jwk.members().filter(|(name, _)| only.contains(&&**name)) {
            public = public.raw(&name, value.text());
        }
        let public = public.finish();
        let public = json::parse_object(public.as_bytes()).map_err(|_| bad("hold no JWK"))?;
        match jwks::parse_jwk(public) {
            Ok(Some(key)) => Ok(key),
            Ok(None) => Err(bad("hold a key of another kind")),
            Err(error) => Err(bad(&format!("hold one that is refused: {error:?}"))),
        }
    }

    fn json(self) -> Result<String, JsValue> {
        let text = JSON::stringify(self.object).ok().and_then(|text| text.as_string());
        text.ok_or_else(|| fault(self.code, "something in it is no JSON"))
    }

    fn request(self) -> Result<Request, JsValue> {
        let mut headers = Headers::new();
        for field in self.list("headers")?.iter() {
            let field = field.dyn_into::<Array>().unwrap_or_default();
            let (Some(name), Some(value)) = (field.get(0).as_string(), field.get(1).as_string())
            else {
                return Err(self.bad("headers", "are not pairs of strings"));
            };
            headers.push(name, value);
        }
        Ok(Request {
            method: Method::parse(&self.text("method")?),
            url: self.text("url")?,
            headers,
            body: self.bytes("body")?,
        })
    }
}

pub(crate) fn request(object: &JsValue) -> Result<Request, JsValue> {
    Given { object, code: "bad_request" }.request()
}

/// Seconds since 1970; milliseconds would make every lifetime a thousand times shorter.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
pub(crate) fn time(now: f64) -> Result<UnixTime, JsValue> {
    if (0.0..TOO_LATE).contains(&now) {
        Ok(UnixTime::from_secs(now as u64))
    } else {
        Err(fault("bad_request", "now is not in seconds since 1970"))
    }
}

fn fields(headers: &Headers) -> JsValue {
    let pair = |(name, value): (&str, &str)| Array::of2(&name.into(), &value.into());
    headers.iter().map(pair).collect::<Array>().into()
}

/// The names of steps, as `docs/states.json` has them.
fn transitions(steps: &[Step]) -> JsValue {
    steps.iter().map(|step| JsValue::from(states::id(*step))).collect::<Array>().into()
}

pub(crate) fn response(response: &Response, steps: &[Step]) -> JsValue {
    object([
        ("kind", "response".into()),
        ("status", response.status.into()),
        ("headers", fields(&response.headers)),
        ("body", Uint8Array::from(response.body.as_slice()).into()),
        ("transitions", transitions(steps)),
    ])
    .into()
}

pub(crate) fn page(show: &Show, steps: &[Step]) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true);
    let page = show.page.serialize(&serializer)?;
    let (status, headers) = (show.status.into(), fields(&show.headers));
    let outcome = object([
        ("kind", "page".into()),
        ("page", page),
        ("status", status),
        ("headers", headers),
        ("transitions", transitions(steps)),
    ]);
    Ok(outcome.into())
}

pub(crate) fn admit(access: &Access, steps: &[Step]) -> JsValue {
    object([
        ("kind", "admit".into()),
        ("subject", access.subject.as_deref().map_or(JsValue::NULL, JsValue::from)),
        ("client_id", access.client_id.as_str().into()),
        ("scope", access.scope.iter().map(JsValue::from).collect::<Array>().into()),
        ("headers", fields(&access.headers)),
        ("transitions", transitions(steps)),
    ])
    .into()
}
