//! What `docs/guide-rust.md` shows of a server's host: a store that may fail, a signer, a clock, and a test
//! of it all with a fixed one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use grantflow::entropy::Entropy;
use grantflow::key::{Algorithm, Material, PublicKey};
use grantflow::server::{
    AuthorizationServer, Client, Expect, Key, KeySet, Login, Page, Policy, Record, SealingKeys,
    Show, Swap, Swapped, Turn, Versioned,
};
use grantflow::time::UnixTime;
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow::wire::jws::Jws;
use grantflow_tests::{
    BEGINNING, ISSUER, confidential, guide_query, json, own_form, redirect_parameters,
    tasks_request, token_request,
};

/// The store cannot be asked.
#[derive(Debug)]
struct Down;

/// Rows of a table: name, version, bytes.
#[derive(Default)]
struct Store {
    rows: BTreeMap<String, (u64, Vec<u8>)>,
    is_down: bool,
}

impl Store {
    fn read(&self, key: &Key) -> Result<Option<Versioned>, Down> {
        let Some((version, bytes)) = self.row(key)? else { return Ok(None) };
        let record = Record::decode(bytes).map_err(|_| Down)?;
        Ok(Some(Versioned { version: *version, record }))
    }

    /// `UPDATE … SET version = version + 1 … WHERE name = ? AND version = ?`, or
    /// `INSERT … ON CONFLICT DO NOTHING`; no row changed is `Lost`.
    fn swap(&mut self, ask: &Swap<'_>) -> Result<Swapped, Down> {
        let version = self.row(ask.key())?.map(|(version, _)| *version);
        if version.map_or(Expect::Absent, Expect::Version) != ask.expect() {
            return Ok(Swapped::Lost);
        }
        let row = (version.unwrap_or(0) + 1, ask.record().encode());
        self.rows.insert(ask.key().to_string(), row);
        Ok(Swapped::Held)
    }

    fn row(&self, key: &Key) -> Result<Option<&(u64, Vec<u8>)>, Down> {
        if self.is_down { Err(Down) } else { Ok(self.rows.get(&key.to_string())) }
    }
}

/// A key that signs with ES256.
struct Signer(EcdsaKeyPair);

impl Signer {
    /// What is published of it.
    fn public(&self) -> PublicKey {
        let point = self.0.public_key().as_ref(); // 4, then the two coordinates
        let half = |from| <[u8; 32]>::try_from(&point[from..from + 32]).unwrap();
        let material = Material::P256 { x: half(1), y: half(33) };
        PublicKey { kid: Some("2026-07".into()), alg: Algorithm::Es256, material }
    }

    fn sign(&self, kid: &str, input: &[u8]) -> Option<Vec<u8>> {
        let signature = self.0.sign(&SystemRandom::new(), input).ok()?;
        (kid == "2026-07").then(|| signature.as_ref().to_vec())
    }
}

fn verify(key: &PublicKey, input: &[u8], signature: &[u8]) -> bool {
    let verified = match &key.material {
        Material::P256 { x, y } => {
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(input, signature)
        }
        Material::Ed25519 { x } => UnparsedPublicKey::new(&ED25519, x).verify(input, signature),
        Material::Rsa { n, e } if key.alg == Algorithm::Ps256 => {
            RsaPublicKeyComponents { n, e }.verify(&RSA_PSS_2048_8192_SHA256, input, signature)
        }
        Material::Rsa { n, e } => {
            RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, input, signature)
        }
    };
    verified.is_ok()
}

/// The time by this machine, which never goes back.
fn now() -> UnixTime {
    static LATEST: AtomicU64 = AtomicU64::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    UnixTime::from_secs(LATEST.fetch_max(time, Ordering::Relaxed).max(time))
}

/// What nobody can guess, for one call.
fn entropy() -> Entropy {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("without randomness nothing goes on");
    Entropy::new(bytes)
}

struct Host {
    server: AuthorizationServer,
    store: Store,
    signer: Signer,
}

impl Host {
    fn new(signer: Signer) -> Self {
        let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
        let keys = KeySet::new([signer.public()]).unwrap();
        let server = AuthorizationServer::new(policy, SealingKeys::new([7; 32]), keys);
        let mut host = Self { server, store: Store::default(), signer };
        for (key, record) in Client::declare(&confidential(), BEGINNING).unwrap().records() {
            host.store.rows.insert(key.to_string(), (1, record.encode()));
        }
        host
    }

    /// Answers; `login` is who is signed in by the host's own word.
    fn answer(
        &mut self,
        request: &Request,
        login: Option<Login>,
        (now, entropy): (UnixTime, Entropy),
    ) -> Response {
        let mut turn = self.server.handle(request, now, entropy, login);
        loop {
            turn = match turn {
                Turn::Read(q) => match self.store.read(q.key()) {
                    Ok(found) => q.answer(found),
                    Err(Down) => q.unavailable(),
                },
                Turn::Swap(q) => match self.store.swap(&q) {
                    Ok(swapped) => q.answer(swapped),
                    Err(Down) => q.unavailable(),
                },
                Turn::Sign(q) => match self.signer.sign(q.kid(), q.input()) {
                    Some(signature) => q.answer(signature),
                    None => q.unavailable(),
                },
                Turn::Verify(q) => {
                    let is_good = verify(q.key(), q.input(), q.signature());
                    q.answer(is_good)
                }
                Turn::SignIn(q) => q.answer(None), // nobody has a password here
                Turn::Claims(q) => {
                    let claims = (q.subject() == "user-1").then(|| r#"{"name":"Ada"}"#.into());
                    q.answer(claims)
                }
                Turn::Failed(q) => q.go_on(), // count it, by `q.who()` and where it came from
                Turn::Show(page) => return draw(*page),
                Turn::Admit(access) => return tasks(access.subject.as_deref()),
                Turn::Reply(response) => return response,
            }
        }
    }
}

fn draw(show: Show) -> Response {
    let body = match show.page {
        Page::Consent(page) => page.interaction,
        other => format!("{other:?}"),
    };
    Response { status: show.status, headers: show.headers, body: body.into_bytes() }
}

fn tasks(of: Option<&str>) -> Response {
    let body = format!("the tasks of {}", of.unwrap_or_default()).into_bytes();
    Response { status: 200, headers: Headers::new(), body }
}

fn key_pair() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
}

fn ada(at: UnixTime) -> Login {
    let (subject, username) = ("user-1".into(), "ada".into());
    Login { subject, username, at, id: [1; 16] }
}

/// The form of the consent page that a request gets, approved.
fn approval(page: &Response) -> Request {
    let interaction = std::str::from_utf8(&page.body).unwrap();
    let fields = [("interaction", interaction), ("scope", "openid"), ("decision", "approve")];
    own_form("/oauth2/consent", &fields)
}

#[test]
fn a_host_with_a_login_of_its_own_and_the_systems_clock_gives_tokens() {
    let mut host = Host::new(Signer(key_pair()));
    let mut ask = |request: &Request, login| host.answer(request, login, (now(), entropy()));
    let request = Request::get(format!("{ISSUER}/oauth2/authorize?{}", guide_query()));
    let page = ask(&request, Some(ada(now())));
    let back = ask(&approval(&page), Some(ada(now())));
    let code = redirect_parameters(&back).one("code").unwrap().unwrap().to_owned();
    let tokens = json(&ask(&token_request(&code, &[]), None));
    let id_token = tokens["id_token"].as_str().unwrap();
    let (input, _) = id_token.rsplit_once('.').unwrap();
    let signature = Jws::parse(id_token).unwrap().signature;
    let response = ask(&tasks_request(tokens["access_token"].as_str().unwrap()), None);
    assert_eq!(response.body, b"the tasks of user-1");
    assert!(verify(&host.signer.public(), input.as_bytes(), &signature));
    assert!(!verify(&host.signer.public(), b"another", &signature));
}

#[test]
fn a_code_dies_at_its_last_second() {
    let mut host = Host::new(Signer(key_pair()));
    let at = |seconds, call| (BEGINNING + Duration::from_secs(seconds), Entropy::new([call; 32]));
    let request = Request::get(format!("{ISSUER}/oauth2/authorize?{}", guide_query()));
    let page = host.answer(&request, Some(ada(BEGINNING)), at(0, 1));
    let back = host.answer(&approval(&page), Some(ada(BEGINNING)), at(0, 2));
    let code = redirect_parameters(&back).one("code").unwrap().unwrap().to_owned();

    host.store.is_down = true;
    assert_eq!(host.answer(&token_request(&code, &[]), None, at(598, 3)).status, 503);
    host.store.is_down = false;
    assert_eq!(host.answer(&token_request(&code, &[]), None, at(600, 4)).status, 400);
}
