//! The provider that the suite puts before a client, and the client's user.

use grantflow::base64url;
use grantflow::client::{
    Asked, Client, Credentials, Error, KnownKeys, Profile, Renewal, Seed, Tokens,
};
use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::wire::credentials::parse_basic;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Method, Request, Response};
use grantflow::wire::id_token::at_hash;
use grantflow::wire::jwks::public_jwk;
use grantflow_tests::client::{accept, discover, finish, login, ready};
use grantflow_tests::{BEGINNING, Owner};
use serde_json::{Value, json};

/// A slash at the end, which a client that is careless with URLs loses or doubles.
pub(crate) const ISSUER: &str = "https://suite.test/test/a/grantflow/";
const CALLBACK: &str = "https://app.test/cb";
const CLIENT_ID: &str = "client_Ab%1/+ :;?";
const CLIENT_SECRET: &str = "secret_~!@#$%^&*()_+`-={}|[]:\";'<>?,./ 1";
const SUBJECT: &str = "user-subject-1234531";

/// What the provider does wrong, or differently.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    None,
    IdTokenIss,
    IdTokenNoSub,
    IdTokenAud,
    IdTokenNoIat,
    IdTokenNonce,
    IdTokenAlgNone,
    IdTokenSignature,
    NoKidOneKey,
    NoKidThreeKeys,
    UserinfoSub,
    MetadataIssuer,
    KeysTurnBeforeSigning,
    RefreshedIss,
    RefreshedSub,
}

/// The provider.
pub(crate) struct Provider {
    flaw: Flaw,
    /// Which endpoints were asked, in order.
    pub(crate) log: Vec<&'static str>,
    /// Whose key it signs with, and publishes.
    pub(crate) signer: Owner,
    nonce: Option<String>,
    pub(crate) scope: String,
    challenge: String,
    turn: usize,
}

impl Provider {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            log: Vec::new(),
            signer: Owner::Server,
            nonce: None,
            scope: String::new(),
            challenge: String::new(),
            turn: 0,
        }
    }

    pub(crate) fn count(&self, endpoint: &str) -> usize {
        self.log.iter().filter(|asked| **asked == endpoint).count()
    }

    /// The user is sent here, and back at once.
    pub(crate) fn authorize(&mut self, url: &str) -> String {
        self.log.push("authorize");
        let (page, query) = url.split_once('?').unwrap();
        assert_eq!(page, format!("{ISSUER}authorize"));
        let asked = Form::parse(query.as_bytes()).unwrap();
        assert!(!asked.any_repeated_but(&[]));
        for (name, expected) in [
            ("client_id", CLIENT_ID),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("code_challenge_method", "S256"),
            ("request", ""),
            ("request_uri", ""),
        ] {
            assert_eq!(asked.field(name), expected, "{name}");
        }
        let nonce = asked.field("nonce");
        assert!(nonce.len() <= 43 && base64url::decode(nonce).is_some());
        assert!(asked.field("scope").split(' ').any(|word| word == "openid"));
        self.nonce = Some(nonce.into());
        self.scope = asked.field("scope").into();
        self.challenge = asked.field("code_challenge").into();
        format!("{CALLBACK}?code=the-code&state={}", asked.field("state"))
    }

    /// The client sends something.
    pub(crate) fn handle(&mut self, request: &Request) -> Response {
        let path = request.url.strip_prefix(ISSUER).unwrap();
        assert_eq!(request.headers.first("accept"), Some("application/json"));
        match (request.method, path) {
            (Method::Get, ".well-known/openid-configuration") => {
                self.log.push("discovery");
                answer(&self.metadata())
            }
            // A client that did not read the metadata would not find it.
            (Method::Get, "jwks/hqzkvbnxwe") => {
                self.log.push("jwks");
                answer(&self.jwks())
            }
            (Method::Post, "token") => {
                self.log.push("token");
                self.token(request)
            }
            (Method::Get, "userinfo") => {
                self.log.push("userinfo");
                self.userinfo(request)
            }
            other => panic!("nothing there: {other:?}"),
        }
    }

    fn metadata(&self) -> Value {
        let odd = if self.flaw == Flaw::MetadataIssuer { "INVALID" } else { "" };
        json!({
            "issuer": format!("{ISSUER}{odd}"),
            "authorization_endpoint": format!("{ISSUER}authorize"),
            "token_endpoint": format!("{ISSUER}token"),
            "jwks_uri": format!("{ISSUER}jwks/hqzkvbnxwe"),
            "userinfo_endpoint": format!("{ISSUER}userinfo"),
            "registration_endpoint": format!("{ISSUER}register"),
            "scopes_supported": ["openid", "phone", "profile", "email", "address", "offline_access"],
            "response_types_supported": ["id_token token", "code", "token id_token code"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "grant_types_supported": ["authorization_code", "implicit", "refresh_token"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public", "pairwise"],
            "claim_types_supported": ["normal", "aggregated", "distributed"],
            "claims_parameter_supported": true,
            "acr_values_supported": ["PASSWORD"],
        })
    }

    fn jwks(&self) -> Value {
        let key = |owner: Owner, alg| -> Value {
            serde_json::from_str(&public_jwk(&owner.public_key(alg))).unwrap()
        };
        let without = |mut key: Value, members: &[&str]| {
            for member in members {
                key.as_object_mut().unwrap().remove(*member);
            }
            key
        };
        let encrypting = |mut key: Value| {
            key["use"] = json!("enc");
            without(key, &["alg"])
        };
        let rsa = |owner| without(key(owner, Algorithm::Rs256), &["alg"]);
        let others = [Owner::Client, Owner::Stranger, Owner::Server];
        let mut keys = vec![encrypting(key(self.other(), Algorithm::Rs256))];
        match self.flaw {
            Flaw::NoKidOneKey => keys.push(without(rsa(self.signer), &["kid"])),
            Flaw::NoKidThreeKeys => {
                keys.extend(others.map(|owner| without(rsa(owner), &["kid"])));
            }
            _ => {
                keys.extend([
                    json!({"kty": "DNE", "kid": "unknown", "use": "sig"}),
                    json!({"kty": "AKP", "alg": "UNKNOWN", "pub": "AAAA", "kid": "akp"}),
                    json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "kid": "k1"}),
                    json!({"kty": "EC", "crv": "P-000", "x": "AA", "y": "AA", "kid": "k2"}),
                    json!({"kty": "RSA", "alg": "RS000", "n": "AA", "e": "AQAB", "kid": "k3"}),
                    key(self.signer, Algorithm::EdDsa),
                    without(key(self.signer, Algorithm::Es256), &["alg"]),
                    rsa(self.other()),
                    rsa(self.signer),
                ]);
            }
        }
        json!({ "keys": keys })
    }

    fn other(&self) -> Owner {
        if self.signer == Owner::Client { Owner::Server } else { Owner::Client }
    }

    fn token(&mut self, request: &Request) -> Response {
        assert!(request.is_form());
        let proof = parse_basic(request.headers.first("authorization").unwrap()).unwrap();
        assert_eq!((proof.0.as_str(), proof.1.expose()), (CLIENT_ID, CLIENT_SECRET));
        let form = Form::parse(&request.body).unwrap();
        match form.field("grant_type") {
            "authorization_code" => {
                assert_eq!(form.field("code"), "the-code");
                assert_eq!(form.field("redirect_uri"), CALLBACK);
                let challenge = grantflow::pkce::Challenge::parse(&self.challenge).unwrap();
                assert!(challenge.is_answered_by(&Secret::new(form.field("code_verifier"))));
            }
            "refresh_token" => assert_eq!(form.field("refresh_token"), self.refresh_token()),
            other => panic!("{other}"),
        }
        if self.flaw == Flaw::KeysTurnBeforeSigning {
            self.signer = Owner::Stranger;
        }
        self.turn += 1;
        answer(&json!({
            "access_token": self.access_token(),
            "token_type": "Bearer",
            "refresh_token": self.refresh_token(),
            "scope": self.scope,
            "id_token": self.id_token(),
        }))
    }

    fn access_token(&self) -> String {
        format!("access{}token{}", self.turn, "x".repeat(40))
    }

    fn refresh_token(&self) -> String {
        format!("refresh {} ~!@#$%^&*()_+-={{}}|[]:;'<>?,./", self.turn)
    }

    fn id_token(&self) -> String {
        let now = BEGINNING.as_secs();
        let hash = at_hash(Algorithm::Rs256, &self.access_token());
        let mut claims = json!({
            "iss": ISSUER, "sub": SUBJECT, "aud": CLIENT_ID, "iat": now, "exp": now + 300,
            "nonce": self.nonce, "at_hash": hash,
        });
        let is_refreshed = self.turn > 1;
        match self.flaw {
            Flaw::IdTokenIss => claims["iss"] = json!(format!("{ISSUER}1")),
            Flaw::IdTokenNoSub => drop(claims.as_object_mut().unwrap().remove("sub")),
            Flaw::IdTokenAud => claims["aud"] = json!(format!("{CLIENT_ID}1")),
            Flaw::IdTokenNoIat => drop(claims.as_object_mut().unwrap().remove("iat")),
            Flaw::IdTokenNonce => {
                claims["nonce"] = json!(format!("{}1", self.nonce.as_deref().unwrap()));
            }
            Flaw::RefreshedIss if is_refreshed => claims["iss"] = json!("https://other.test/"),
            Flaw::RefreshedSub if is_refreshed => claims["sub"] = json!("someone-else"),
            _ => {}
        }
        let kid = self.signer.kid(Algorithm::Rs256);
        let header = match self.flaw {
            Flaw::IdTokenAlgNone => json!({"alg": "none"}),
            Flaw::NoKidOneKey | Flaw::NoKidThreeKeys => json!({"alg": "RS256"}),
            _ => json!({"alg": "RS256", "kid": kid}),
        };
        let part = |value: &Value| base64url::encode(value.to_string());
        let input = format!("{}.{}", part(&header), part(&claims));
        let mut signature = match self.flaw {
            Flaw::IdTokenAlgNone => Vec::new(),
            _ => self.signer.sign(Algorithm::Rs256, input.as_bytes()),
        };
        if self.flaw == Flaw::IdTokenSignature {
            for byte in &mut signature {
                *byte ^= 0x5a;
            }
        }
        format!("{input}.{}", base64url::encode(signature))
    }

    fn userinfo(&self, request: &Request) -> Response {
        assert_eq!((request.query(), request.body.len()), ("", 0));
        let sent = request.headers.one("authorization").unwrap().unwrap();
        assert_eq!(sent, format!("Bearer {}", self.access_token()));
        let odd = if self.flaw == Flaw::UserinfoSub { "invalid" } else { "" };
        let mut claims = json!({"sub": format!("{SUBJECT}{odd}")});
        let granted = |word| self.scope.split(' ').any(|scope| scope == word);
        for (scope, name, value) in [
            ("profile", "name", json!("Demo T. User")),
            ("email", "email", json!("user@example.com")),
            ("phone", "phone_number", json!("+49 1")),
            ("address", "address", json!({"country": "DE"})),
        ] {
            if granted(scope) {
                claims[name] = value;
            }
        }
        answer(&claims)
    }
}

fn answer(body: &Value) -> Response {
    let headers = Headers::new().with("content-type", "application/json;charset=UTF-8");
    Response { status: 200, headers, body: body.to_string().into_bytes() }
}

/// The client, as an app would use it.
pub(crate) struct Party {
    pub(crate) known: KnownKeys,
    client: Option<Client>,
}

impl Party {
    pub(crate) fn new() -> Self {
        Self { known: KnownKeys::new(), client: None }
    }

    /// Finds the provider, once.
    pub(crate) fn discover(&mut self, provider: &mut Provider) -> Result<Client, Error> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let secret = Credentials::Basic(Secret::new(CLIENT_SECRET));
        let profile = Profile::new(ISSUER, CLIENT_ID, CALLBACK, secret)?;
        let client = discover(profile, |request| provider.handle(request))?;
        self.client = Some(client.clone());
        Ok(client)
    }

    /// Signs a user in.
    pub(crate) fn sign_in(
        &mut self,
        provider: &mut Provider,
        scope: &str,
    ) -> Result<Tokens, Error> {
        let client = self.discover(provider)?;
        let asked = Asked::of(ScopeSet::parse(scope).unwrap());
        let redirect = login(&client, Seed::new([3; 32]), asked, BEGINNING);
        let back = provider.authorize(&redirect.url);
        let accepted = accept(redirect.login, &client, &back, BEGINNING);
        let accepted = accepted.map_err(|refused| refused.error)?;
        finish(accepted, &mut self.known, BEGINNING, |request| provider.handle(request))
    }

    /// Gets the next tokens.
    pub(crate) fn refresh(
        &mut self,
        provider: &mut Provider,
        tokens: Tokens,
    ) -> Result<Tokens, Error> {
        let client = self.discover(provider)?;
        let ask = ready(client.refresh(tokens, Renewal::default()).unwrap(), BEGINNING);
        let response = provider.handle(ask.request());
        ask.answer(&response, BEGINNING).map_err(|unrefreshed| unrefreshed.error.into())
    }

    /// Asks who the user is.
    pub(crate) fn userinfo(
        &mut self,
        provider: &mut Provider,
        tokens: &Tokens,
    ) -> Result<Value, Error> {
        let client = self.discover(provider)?;
        let ask = client.userinfo(tokens).unwrap();
        let response = provider.handle(ask.request());
        let claims = ask.answer(&response)?;
        Ok(serde_json::from_str(claims.expose()).unwrap())
    }
}
