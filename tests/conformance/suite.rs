//! The suite's side of a provider under test: its browser, its client, and what it always looks at.

use std::collections::BTreeMap;

use grantflow::key::Algorithm;
use grantflow::server::{Declaration, Page, Policy};
use grantflow::uri::Issuer;
use grantflow::wire::callback::ResponseMode;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Request, Response};
use grantflow::wire::registration::{AuthMethod, ClientMetadata};
use grantflow_tests::{
    Answer, CALLBACK, CLIENT_ID, CLIENT_SECRET, ISSUER, Owner, World, basic, confidential, header,
    is_signed, json, own_form, payload, query, text,
};
use serde_json::{Map, Value, json};

/// A second client, which has nothing to do with the first.
pub(crate) const SECOND: &str = "second-client";
/// A client whose secret goes into the body.
pub(crate) const POSTER: &str = "poster";
/// Where the first client's people go once they are signed out.
pub(crate) const GOODBYE: &str = "https://yourapp.com/post_logout_redirect";
/// Where requests go.
pub(crate) const AUTHORIZE: &str = "https://as.test/oauth2/authorize";

/// Everything there is to know about a person.
const ALICE: &str = r#"{"name":"Alice Liddell","given_name":"Alice","family_name":"Liddell","middle_name":"Pleasance","nickname":"Al","preferred_username":"alice","profile":"https://wonder.test/alice","picture":"https://wonder.test/alice.png","website":"https://wonder.test","gender":"female","birthdate":"1852-05-04","zoneinfo":"Europe/London","locale":"en-GB","updated_at":1690000000,"email":"alice@wonder.test","email_verified":true,"address":{"formatted":"Christ Church, Oxford","country":"GB"},"phone_number":"+44 1865 276150","phone_number_verified":false}"#;

/// The claims that each scope lets out (OpenID Connect Core §5.4).
pub(crate) const CLAIMS_OF: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "given_name",
            "family_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// A provider, and the suite that tries it.
pub(crate) struct Suite {
    pub(crate) world: World,
    mode: ResponseMode,
    /// How often a person had to type a password.
    pub(crate) sign_ins: usize,
    /// How often a person was asked for anything at all.
    pub(crate) pages: usize,
    requests: u32,
}

/// An authorization request, parameter by parameter.
pub(crate) type Ask = BTreeMap<&'static str, String>;

/// What a request came back with.
#[derive(Debug)]
pub(crate) enum Back {
    /// The parameters, however the browser carried them.
    Answer(Form),
    /// A page of the provider's own that leads nowhere.
    ErrorPage(String),
}

impl Suite {
    /// The provider that the suite is pointed at: its ID tokens say what OpenID Connect has them say.
    pub(crate) fn new(mode: ResponseMode) -> Self {
        let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
        let mut world = World::with(Policy { claims_in_id_token: false, ..policy });
        world.alice = Some(ALICE.into());
        world.register(&Declaration {
            metadata: ClientMetadata {
                post_logout_redirect_uris: vec![GOODBYE.into()],
                ..confidential().metadata
            },
            ..confidential()
        });
        for (client_id, method) in
            [(SECOND, AuthMethod::ClientSecretBasic), (POSTER, AuthMethod::ClientSecretPost)]
        {
            world.register(&Declaration {
                client_id: client_id.into(),
                metadata: ClientMetadata {
                    token_endpoint_auth_method: Some(method),
                    ..confidential().metadata
                },
                ..confidential()
            });
        }
        Self { world, mode, sign_ins: 0, pages: 0, requests: 0 }
    }

    /// The suite's usual request, with what a module changes in it.
    pub(crate) fn ask(&mut self, changes: &[(&'static str, Option<&str>)]) -> Ask {
        self.requests += 1;
        let mut ask = Ask::from([
            ("client_id", CLIENT_ID.to_owned()),
            ("nonce", format!("nonce-{}", self.requests)),
            ("redirect_uri", CALLBACK.to_owned()),
            ("response_type", "code".to_owned()),
            ("scope", "openid".to_owned()),
            ("state", format!("state-{}-._~", self.requests)),
        ]);
        if self.mode == ResponseMode::FormPost {
            ask.insert("response_mode", "form_post".into());
        }
        for (name, value) in changes {
            match value {
                Some(value) => drop(ask.insert(name, (*value).to_owned())),
                None => drop(ask.remove(name)),
            }
        }
        ask
    }

    /// Sends a person to the provider, who signs in and approves wherever they are asked.
    pub(crate) fn visit(&mut self, ask: &Ask) -> Back {
        let answer = self.world.browse(Request::get(format!("{AUTHORIZE}?{}", to_query(ask))));
        self.follow(answer)
    }

    /// The same with a form that the suite's own site posts, which comes without cookies.
    pub(crate) fn visit_by_post(&mut self, ask: &Ask) -> Back {
        let mut request = Request::form(AUTHORIZE, to_query(ask));
        request.headers.push("origin", "https://suite.test");
        request.headers.push("sec-fetch-site", "cross-site");
        let cookie = self.world.cookie.take();
        let answer = self.world.browse(request);
        self.world.cookie = cookie.or(self.world.cookie.take());
        self.follow(answer)
    }

    fn follow(&mut self, mut answer: Answer) -> Back {
        loop {
            answer = match answer {
                Answer::Page(show) => {
                    self.pages += 1;
                    match show.page {
                        Page::Login(page) => {
                            self.sign_ins += 1;
                            self.world.sign_in(&page.interaction, "wonderland")
                        }
                        Page::Consent(page) => {
                            let mut fields = vec![
                                ("interaction", page.interaction.as_str()),
                                ("decision", "approve"),
                            ];
                            fields.extend(page.scopes.iter().map(|l| ("scope", l.scope.as_str())));
                            fields.extend(page.claims.iter().map(|c| ("claim", c.as_str())));
                            self.world.browse(own_form("/oauth2/consent", &fields))
                        }
                        Page::Error(page) => return Back::ErrorPage(page.error.into()),
                        page => panic!("another page: {page:?}"),
                    }
                }
                Answer::Response(response) => match response.headers.first("location") {
                    Some(location) if location.starts_with(ISSUER) => {
                        self.world.browse(Request::get(location))
                    }
                    Some(_) | None => return Back::Answer(self.carried(&response)),
                },
                Answer::Admitted(access) => panic!("admitted: {access:?}"),
            }
        }
    }

    /// The parameters of an answer, which have to come in the way that was asked for.
    fn carried(&self, response: &Response) -> Form {
        match self.mode {
            ResponseMode::Query => {
                assert_eq!(response.status, 303, "{response:?}");
                let location = response.headers.first("location").unwrap();
                let (uri, query) = location.split_once('?').unwrap();
                assert_eq!(uri, CALLBACK);
                assert!(!location.contains('#'));
                Form::parse(query.as_bytes()).unwrap()
            }
            ResponseMode::FormPost => {
                assert_eq!(response.status, 200, "{response:?}");
                assert_eq!(response.headers.first("location"), None);
                assert_eq!(response.headers.first("cache-control"), Some("no-store"));
                posted(text(response), CALLBACK)
            }
        }
    }

    /// The answer to a request that has to succeed: what every module looks at in it.
    pub(crate) fn code(&mut self, ask: &Ask) -> String {
        let back = self.visit(ask).answer();
        Self::code_in(&back, ask)
    }

    /// Looks at an answer as every module does.
    pub(crate) fn code_in(back: &Form, ask: &Ask) -> String {
        assert_eq!(back.one("error"), Ok(None), "{back:?}");
        assert_eq!(back.one("state").unwrap(), ask.get("state").map(String::as_str));
        assert_eq!(back.one("iss").unwrap(), Some(ISSUER));
        let known = ["code", "state", "iss"];
        assert!(back.iter().all(|(name, _)| known.contains(&name)), "{back:?}");
        let code = back.one("code").unwrap().unwrap();
        assert!(code.len() >= 16 && entropy(code) > 96.0, "{code}");
        code.to_owned()
    }

    /// The answer to a request that has to fail: its error, once the rest of it is right.
    pub(crate) fn error(&mut self, ask: &Ask) -> String {
        let back = self.visit(ask).answer();
        Self::error_in(&back, ask)
    }

    pub(crate) fn error_in(back: &Form, ask: &Ask) -> String {
        let known = ["error", "error_description", "error_uri", "state", "iss"];
        assert!(back.iter().all(|(name, _)| known.contains(&name)), "{back:?}");
        assert_eq!(back.one("state").unwrap(), ask.get("state").map(String::as_str));
        assert_eq!(back.one("iss").unwrap(), Some(ISSUER));
        let description = back.one("error_description").unwrap().unwrap_or_default();
        let is_allowed = |b: u8| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\';
        assert!(description.bytes().all(is_allowed), "{description}");
        back.one("error").unwrap().unwrap().to_owned()
    }

    /// Redeems a code, and looks at what comes of it.
    pub(crate) fn redeem(
        &mut self,
        ask: &Ask,
        code: &str,
        more: &[(&str, &str)],
    ) -> Map<String, Value> {
        let response = self.send(&redemption(ask, code, more));
        let tokens = Self::tokens(&response);
        let claims = self.id_token(&tokens, &ask["client_id"]);
        assert_eq!(
            claims.get("nonce").and_then(Value::as_str),
            ask.get("nonce").map(String::as_str)
        );
        let bearer = tokens["access_token"].as_str().unwrap();
        let about = self.userinfo(bearer);
        assert_eq!(about["sub"], claims["sub"]);
        tokens
    }

    /// What every answer of the token endpoint has to be.
    pub(crate) fn tokens(response: &Response) -> Map<String, Value> {
        assert_eq!(response.status, 200, "{}", text(response));
        assert_eq!(response.headers.first("cache-control"), Some("no-store"));
        let Value::Object(tokens) = json(response) else { panic!() };
        assert_eq!(tokens["token_type"], "Bearer");
        let token = tokens["access_token"].as_str().unwrap();
        assert!(entropy(token) > 96.0 && token.bytes().all(|b| matches!(b, 0x20..=0x7e)));
        let seconds = tokens["expires_in"].as_u64().unwrap();
        assert!((1..=365 * 24 * 3600).contains(&seconds));
        tokens
    }

    /// What every ID token has to be.
    pub(crate) fn id_token(
        &self,
        tokens: &Map<String, Value>,
        client_id: &str,
    ) -> Map<String, Value> {
        let token = tokens["id_token"].as_str().unwrap();
        let (header, Value::Object(claims)) = (header(token), payload(token)) else { panic!() };
        assert_eq!(header["alg"], "RS256");
        let key = Owner::Server.public_key(Algorithm::Rs256);
        assert_eq!(header["kid"].as_str(), key.kid.as_deref());
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = grantflow::base64url::decode(signature).unwrap();
        assert!(is_signed(&key, input.as_bytes(), &signature));
        let now = self.world.now.as_secs();
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(client_id)));
        assert!(claims["exp"].as_u64().unwrap() > now);
        assert!(claims["iat"].as_u64().unwrap().abs_diff(now) <= 300);
        assert!(claims["auth_time"].as_u64().unwrap() <= now);
        assert!(!claims["acr"].as_str().unwrap().is_empty());
        let sub = claims["sub"].as_str().unwrap();
        assert!((1..=255).contains(&sub.len()) && sub.is_ascii());
        // What else there is belongs to the userinfo endpoint.
        let known = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "at_hash"];
        for name in claims.keys() {
            assert!(known.contains(&name.as_str()), "{name} in an ID token");
        }
        claims
    }

    /// What is known about the bearer of a token, by `GET`.
    pub(crate) fn userinfo(&mut self, token: &str) -> Map<String, Value> {
        let mut request = Request::get(format!("{ISSUER}/oauth2/userinfo"));
        request.headers.push("authorization", format!("Bearer {token}"));
        let response = self.send(&request);
        about(&response)
    }

    /// A whole flow, from the request to the tokens.
    pub(crate) fn flow(&mut self, changes: &[(&'static str, Option<&str>)]) -> Map<String, Value> {
        let ask = self.ask(changes);
        let code = self.code(&ask);
        self.redeem(&ask, &code, &[])
    }

    pub(crate) fn send(&mut self, request: &Request) -> Response {
        self.world.send(request).response()
    }
}

impl Back {
    /// The parameters this must be.
    pub(crate) fn answer(self) -> Form {
        match self {
            Self::Answer(form) => form,
            Self::ErrorPage(error) => panic!("a page: {error}"),
        }
    }
}

pub(crate) fn to_query(ask: &Ask) -> String {
    query(&ask.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
}

/// The token request of the client that asked.
pub(crate) fn redemption(ask: &Ask, code: &str, more: &[(&str, &str)]) -> Request {
    let mut fields =
        vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
    fields.extend(more);
    authenticated(&ask["client_id"], "/oauth2/token", fields)
}

/// A form that a client posts, with its credentials.
pub(crate) fn authenticated<'f>(
    client_id: &'f str,
    path: &str,
    mut fields: Vec<(&'f str, &'f str)>,
) -> Request {
    let in_body = client_id == POSTER;
    if in_body {
        fields.extend([("client_id", client_id), ("client_secret", CLIENT_SECRET)]);
    }
    let mut request = Request::form(format!("{ISSUER}{path}"), query(&fields));
    request.headers.push("accept", "application/json");
    if !in_body {
        request.headers.push("authorization", basic(client_id, CLIENT_SECRET));
    }
    request
}

/// What the userinfo endpoint said, each standard claim of its type.
pub(crate) fn about(response: &Response) -> Map<String, Value> {
    assert_eq!(response.status, 200, "{}", text(response));
    let Value::Object(about) = json(response) else { panic!() };
    assert!(!about["sub"].as_str().unwrap().is_empty());
    for (name, value) in &about {
        let good = match name.as_str() {
            "email_verified" | "phone_number_verified" => value.is_boolean(),
            "updated_at" => value.is_u64(),
            "address" => value.as_object().unwrap().values().all(Value::is_string),
            _ => value.as_str().is_some_and(|text| !text.trim().is_empty() && text != "null"),
        };
        assert!(good, "{name}: {value}");
    }
    about
}

/// The fields of the only form of a page, which posts itself to `action`.
fn posted(page: &str, action: &str) -> Form {
    assert_eq!(page.matches("<form ").count(), 1);
    assert!(page.contains(&format!("<form method=\"post\" action=\"{action}\">")), "{page}");
    assert!(!page.contains("enctype"));
    assert!(page.contains("<script>document.forms[0].submit()</script>"));
    let mut fields = String::new();
    for input in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        let value = rest.split_once('"').unwrap().0;
        grantflow::wire::form::push(&mut fields, name, &unescaped(value));
    }
    Form::parse(fields.as_bytes()).unwrap()
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&quot;", "\"")
        .replace("&#10;", "\n")
        .replace("&#13;", "\r")
        .replace("&amp;", "&")
}

/// Shannon's entropy of a text's characters, in bits.
fn entropy(text: &str) -> f64 {
    let mut counts = BTreeMap::new();
    for c in text.chars() {
        *counts.entry(c).or_insert(0_u32) += 1;
    }
    let length = f64::from(u32::try_from(text.chars().count()).unwrap());
    let bits = |count: &u32| f64::from(*count) * (length / f64::from(*count)).log2();
    counts.values().map(bits).sum()
}
