//! The same inputs give the same bytes: twice, on any thread, and as wasm.
//!
//! One story is told here and, word for word, in `tests/npm/digest.test.mjs`, where the client of the
//! npm package and the provider of the demo tell it. Both are held to the digests in `golden.txt`,
//! which `GRANTFLOW_BLESS=1 cargo test --package grantflow-tests --test properties` writes anew.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};
use std::{env, fs, thread};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use grantflow::base64url;
use grantflow::client::{Asked, Credentials, KnownKeys, Profile, Seed, Turn};
use grantflow::key::{Algorithm, Material, PublicKey};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{AuthorizationServer, Declaration, KeySet, Policy, SealingKeys, path};
use grantflow::time::UnixTime;
use grantflow::uri::Issuer;
use grantflow::wire::credentials::basic;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Method, Request};
use grantflow::wire::registration::{AuthMethod, ClientMetadata};
use grantflow_tests::{is_signed, is_signed_under};
use sha2::{Digest as _, Sha256};

use crate::fuzz::host::{Answer, Host, Signer};
use crate::fuzz::world::{self, CALLBACK, ISSUER, SECRET};
use crate::fuzz::{TARGETS, server};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/properties/golden.txt");

/// The key of RFC 8037 appendix A.1, for its signatures have no chance in them.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const KID: &str = "ed25519";

static PAIR: LazyLock<Ed25519KeyPair> = LazyLock::new(|| {
    Ed25519KeyPair::from_seed_unchecked(&base64url::decode(SEED).unwrap()).unwrap()
});

/// What happened, step by step, each under a name.
struct Story {
    host: Host,
    cookie: Option<String>,
    steps: Vec<(&'static str, String)>,
}

impl Story {
    fn new() -> Self {
        let x = PAIR.public_key().as_ref().try_into().unwrap();
        let key = PublicKey {
            kid: Some(KID.into()),
            alg: Algorithm::EdDsa,
            material: Material::Ed25519 { x },
        };
        let server = AuthorizationServer::new(
            Policy::new(Issuer::parse(ISSUER).unwrap()),
            SealingKeys::new(world::SEALING),
            KeySet::new([key]).unwrap(),
        );
        let mut host = Host::new(Arc::new(server));
        host.claims = Some(
            r#"{"name":"Alice Liddell","email":"alice@wonder.test","email_verified":true}"#.into(),
        );
        host.signer = Signer { sign: |_, input| PAIR.sign(input).as_ref().to_vec(), is_signed };
        let app = |client_id: &str, secret: Option<&str>, method| Declaration {
            client_id: client_id.into(),
            client_secret: secret.map(Secret::new),
            metadata: ClientMetadata {
                client_name: Some(format!("The app {client_id}")),
                redirect_uris: vec![CALLBACK.into()],
                token_endpoint_auth_method: Some(method),
                ..ClientMetadata::default()
            },
            is_trusted: true,
        };
        // The provider asks no clock when its clients were born.
        let now = std::mem::replace(&mut host.now, UnixTime::from_secs(0));
        host.register(&app("app", None, AuthMethod::None));
        host.register(&app("web", Some(SECRET), AuthMethod::ClientSecretBasic));
        host.now = now;
        Self { host, cookie: None, steps: Vec::new() }
    }

    fn note(&mut self, name: &'static str, text: String) {
        self.steps.push((name, text));
    }

    fn send(&mut self, name: &'static str, request: &Request) -> Answer {
        let answer = self.host.send(request);
        self.note(name, canonical(&answer));
        answer
    }

    /// As Alice's browser sends it.
    fn browse(&mut self, name: &'static str, mut request: Request) -> Answer {
        request.headers.push("accept", "text/html");
        if let Some(cookie) = &self.cookie {
            request.headers.push("cookie", cookie.clone());
        }
        let answer = self.send(name, &request);
        world::keep(&mut self.cookie, &answer);
        answer
    }
}

/// An answer as text: status, header fields, and what it is.
fn canonical(answer: &Answer) -> String {
    let mut text = format!("{}\n", answer.status());
    for (name, value) in answer.headers().iter() {
        writeln!(text, "{name}: {value}").unwrap();
    }
    text.push('\n');
    match answer {
        Answer::Response(_) => text + &answer.text(),
        // Members sorted by name, whoever writes them.
        Answer::Page(show) => text + &serde_json::to_value(&show.page).unwrap().to_string(),
        Answer::Admitted(access) => {
            let subject = access.subject.as_deref().unwrap_or_default();
            text + &format!("{subject} {} {}", access.client_id, access.scope.to_text())
        }
    }
}

fn get(path: &str) -> Request {
    Request::get(format!("{ISSUER}{path}"))
}

fn own_form(path: &str, fields: &[(&str, &str)]) -> Request {
    let request = Request::form(format!("{ISSUER}{path}"), world::text_of(fields));
    Request { headers: request.headers.with("origin", ISSUER), ..request }
}

fn bearer(path: &str, token: &str) -> Request {
    let request = get(path);
    let headers = request.headers.with("authorization", format!("Bearer {token}"));
    Request { headers, ..request }
}

/// A form of a client's to an endpoint of its own.
fn form(path: &str, fields: &[(&str, &str)], secret: bool) -> Request {
    let mut request = Request::form(format!("{ISSUER}{path}"), world::text_of(fields));
    if secret {
        request.headers.push("authorization", basic("web", &Secret::new(SECRET)));
    }
    request
}

/// The story.
fn tell() -> Vec<(&'static str, String)> {
    let mut story = Story::new();
    let now = story.host.now;
    let metadata = story.send("metadata", &get(path::OPENID_CONFIGURATION));
    story.send("keys", &get(path::JWKS));
    let profile = Profile::new(ISSUER, "app", CALLBACK, Credentials::Public).unwrap();
    let Answer::Response(metadata) = metadata else { panic!("{metadata:?}") };
    let client = profile.discover().answer(&metadata).unwrap();

    // Alice signs in.
    let scope = ScopeSet::parse("openid profile email offline_access").unwrap();
    let redirect = client.login(Seed::new([7; 32]), Asked::of(scope), now);
    let (key, record) = (redirect.login.storage_key(), redirect.login.encode());
    story.note("redirect", [&*redirect.url, &key, &record].join("\n"));
    let login = story.browse("login page", Request::get(&redirect.url));
    let sign_in = |answer: &Answer, password: &str| {
        let interaction = world::interaction(answer).unwrap();
        let fields =
            [("interaction", &*interaction), ("username", "alice"), ("password", password)];
        own_form(path::LOGIN, &fields)
    };
    let wrong = story.browse("wrong password", sign_in(&login, "looking glass"));
    let signed_in = story.browse("right password", sign_in(&wrong, "wonderland"));
    let consent = story.browse("consent page", Request::get(signed_in.location().unwrap()));
    let interaction = world::interaction(&consent).unwrap();
    let fields = [
        ("interaction", &*interaction),
        ("decision", "approve"),
        ("scope", "openid"),
        ("scope", "profile"),
        ("scope", "offline_access"),
    ];
    let back = story.browse("yes", own_form(path::CONSENT, &fields));
    let back = back.location().unwrap().to_owned();

    // The app gets tokens, and believes them.
    let mut known = KnownKeys::new();
    let mut turn = redirect.login.accept(&client, &back, now).unwrap().finish();
    let tokens = loop {
        turn = match turn {
            Turn::Send(ask) => {
                let request = ask.request().clone();
                let body = String::from_utf8(request.body.clone()).unwrap();
                story.note("request", [&*request.url, &body].join("\n"));
                let answer = story.send("answer", &request);
                let Answer::Response(response) = answer else { panic!("{answer:?}") };
                ask.answer(&response, &mut known, now).unwrap()
            }
            Turn::Sign(_) | Turn::Prove(_) => panic!("this client has no key"),
            Turn::Verify(ask) => {
                let signature = base64url::encode(ask.signature());
                let question = [ask.alg().name(), ask.jwk(), ask.input(), &signature].join("\n");
                story.note("question", question);
                let input = ask.input().as_bytes();
                let is_good = is_signed_under(ask.jwk(), input, ask.signature());
                ask.answer(is_good).unwrap()
            }
            Turn::Done(tokens) => break tokens,
        }
    };
    let identity = tokens.identity.as_ref().unwrap();
    let secrets =
        [Some(&tokens.access_token), tokens.refresh_token.as_ref(), tokens.id_token.as_ref()];
    let [access, refresh, id_token] = secrets.map(|secret| secret.unwrap().expose().to_owned());
    let end = tokens.expires_at.unwrap().as_secs().to_string();
    let told = [
        &*access,
        &refresh,
        &id_token,
        &end,
        &tokens.scope.to_text(),
        &identity.iss,
        &identity.sub,
    ];
    story.note("tokens", told.join("\n"));

    // They are used, renewed, asked about, given back.
    story.send("userinfo", &bearer(path::USERINFO, &access));
    story.send("tasks", &bearer(path::TASKS, &access));
    let renew =
        [("grant_type", "refresh_token"), ("refresh_token", &*refresh), ("client_id", "app")];
    story.send("refresh", &form(path::TOKEN, &renew, false));
    story.send("the same again", &form(path::TOKEN, &renew, false));
    story.send("introspection", &form(path::INTROSPECT, &[("token", &access)], true));
    let give_back = [("token", &*refresh), ("client_id", "app")];
    story.send("revocation", &form(path::REVOKE, &give_back, false));
    story.send("tasks no more", &bearer(path::TASKS, &access));
    let back = Form::parse(back.split_once('?').unwrap().1.as_bytes()).unwrap();
    let again = [
        ("grant_type", "authorization_code"),
        ("code", back.field("code")),
        ("redirect_uri", CALLBACK),
        ("client_id", "app"),
        ("code_verifier", world::VERIFIER),
    ];
    story.send("a stranger's try", &form(path::TOKEN, &again, false));

    // What else there is.
    let web = |more: &[(&str, &str)]| {
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", "web"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid"),
        ];
        fields.extend(more);
        get(&format!("{}?{}", path::AUTHORIZE, world::text_of(&fields)))
    };
    story.browse("nobody is asked", web(&[("prompt", "none"), ("state", "s 1")]));
    story.browse("a scope that is none", web(&[("scope", "admin")]));
    story.browse("an answer by form", web(&[("response_mode", "form_post"), ("max_age", "x")]));
    let page = story.browse("developer page", get(path::DEVELOPER));
    let interaction = world::interaction(&page).unwrap();
    let create = [
        ("interaction", &*interaction),
        ("action", "create"),
        ("name", "Mine"),
        ("redirect_uris", "https://mine.test/cb"),
        ("kind", "confidential"),
    ];
    story.browse("a new app", own_form(path::DEVELOPER, &create));
    let preflight = Request {
        method: Method::Options,
        headers: Headers::new().with("origin", "https://app.test"),
        ..get(path::TOKEN)
    };
    story.send("preflight", &preflight);
    let farewell = format!("{}?id_token_hint={id_token}", path::LOGOUT);
    story.browse("signed out", get(&farewell));
    story.send("nothing there", &get("/nothing"));
    story.steps
}

#[test]
fn the_same_story_is_told_on_every_thread() {
    let threads: Vec<_> = (0..3).map(|_| thread::spawn(tell)).collect();
    let first = tell();
    assert!(first.len() >= 30);
    for thread in threads {
        let other = thread.join().unwrap();
        for (ours, theirs) in first.iter().zip(&other) {
            assert_eq!(ours, theirs);
        }
        assert_eq!(first.len(), other.len());
    }
}

#[test]
fn the_same_story_is_told_by_every_machine_and_as_wasm() {
    let mut digests = String::new();
    let steps = tell();
    for (name, text) in &steps {
        let digest = base64url::encode(Sha256::digest(text));
        writeln!(digests, "{digest} {name}").unwrap();
    }
    if env::var_os("GRANTFLOW_BLESS").is_some() {
        fs::write(GOLDEN, &digests).unwrap();
    }
    let golden = fs::read_to_string(GOLDEN).unwrap_or_default();
    for ((ours, theirs), (name, text)) in digests.lines().zip(golden.lines()).zip(&steps) {
        assert_eq!(ours, theirs, "{name} is told otherwise, or is to be written anew:\n{text}");
    }
    assert_eq!(digests.lines().count(), golden.lines().count(), "golden.txt is to be written anew");
}

#[test]
fn every_story_of_a_fuzzer_is_told_alike_twice() {
    assert!(TARGETS.iter().any(|(name, _)| *name == "server"));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/server");
    for file in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let again = bytes.clone();
        let elsewhere = thread::spawn(move || server::told(&again));
        let here = server::told(&bytes);
        assert!(here == elsewhere.join().unwrap(), "{bytes:?}");
    }
}
