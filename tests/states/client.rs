//! A login as the client sees it, at a server that is not always as it should be.

use grantflow::client::{
    Asked, Client, Credentials, Error, KnownKeys, PrivateKey, Profile, Seed, Tokens,
};
use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::server::{NonceRule, Policy, path};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Request, Response};
use grantflow::wire::jwks::Jwks;
use grantflow::wire::jws;
use grantflow::{base64url, wire};
use grantflow_tests::client::{self, proof_key};
use grantflow_tests::{CALLBACK, ISSUER, Owner, PUBLIC_ID, World, confidential, keyed};

use crate::Scenario;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a_user_signs_in_with_keys_unknown_and_then_known", signs_in_twice),
    ("a_user_signs_in_where_nobody_asks_who_they_are", signs_in_without_openid),
    ("a_client_with_a_key_signs_in", signs_in_with_a_key),
    ("tokens_are_bound_to_a_key", signs_in_bound),
    ("tokens_of_a_client_with_a_key_are_bound_to_another", signs_in_bound_with_a_key),
    ("a_server_answers_for_another", another_server_answers),
    ("a_callback_is_for_another_login_and_another_comes_from_elsewhere", bad_callbacks),
    ("a_code_is_refused", code_refused),
    ("a_key_turned_and_a_key_is_nowhere_to_be_found", keys_turn),
    ("a_signature_names_no_key", signature_names_no_key),
];

fn signs_in_twice() {
    let (mut world, client) = public();
    let mut known = KnownKeys::new();
    for _ in 0..2 {
        assert!(sign_in(&mut world, &client, &mut known, "openid", |_, _| {}).is_ok());
    }
}

fn signs_in_without_openid() {
    let (mut world, client) = public();
    assert!(sign_in(&mut world, &client, &mut KnownKeys::new(), "email", |_, _| {}).is_ok());
}

fn signs_in_with_a_key() {
    let mut world = World::new();
    let profile = keyed_in(&mut world);
    assert!(sign_in_with(&mut world, profile).is_ok());
}

fn signs_in_bound() {
    let mut world = wants_nonces();
    let profile = profile(PUBLIC_ID, Credentials::Public);
    assert!(sign_in_with(&mut world, profile.bound_to(proof_key(Algorithm::Es256))).is_ok());
}

fn signs_in_bound_with_a_key() {
    let mut world = wants_nonces();
    let profile = keyed_in(&mut world);
    assert!(sign_in_with(&mut world, profile.bound_to(proof_key(Algorithm::EdDsa))).is_ok());
}

/// A server that takes no proof without a nonce of its own.
fn wants_nonces() -> World {
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    World::with(Policy { dpop_nonce: NonceRule::Always, ..policy })
}

/// A client that proves itself with a key, registered.
fn keyed_in(world: &mut World) -> Profile {
    world.register(&keyed(confidential()));
    let alg = Algorithm::EdDsa;
    let key = PrivateKey { alg, kid: Owner::Client.kid(alg) };
    profile("keyed", Credentials::PrivateKey(key))
}

fn sign_in_with(world: &mut World, profile: Profile) -> Result<Tokens, Error> {
    let client = discover(world, profile);
    sign_in(world, &client, &mut KnownKeys::new(), "openid", |_, _| {})
}

fn another_server_answers() {
    let mut world = World::new();
    let profile = Profile::new("https://bs.test", PUBLIC_ID, CALLBACK, Credentials::Public);
    let other = Request::get(format!("{ISSUER}/.well-known/openid-configuration"));
    let answer = |_: &Request| world.send(&other).response();
    assert!(client::discover(profile.unwrap(), answer).is_err());
}

fn bad_callbacks() {
    let (mut world, client) = public();
    let asked = || Asked::of(ScopeSet::parse("openid").unwrap());
    let redirect = client::login(&client, Seed::new([1; 32]), asked(), world.now);
    let back = approve(&mut world, &redirect.url);
    let other = client::login(&client, Seed::new([2; 32]), asked(), world.now).login;
    assert!(client::accept(other, &client, &back, world.now).unwrap_err().kept.is_some());
    let elsewhere = back.replace("iss=https%3A%2F%2Fas.test", "iss=https%3A%2F%2Fbs.test");
    let refused = client::accept(redirect.login, &client, &elsewhere, world.now).unwrap_err();
    assert!(refused.kept.is_none());
}

fn code_refused() {
    let (mut world, client) = public();
    let no = |_: &Request, response: &mut Response| response.status = 400;
    assert!(sign_in(&mut world, &client, &mut KnownKeys::new(), "openid", no).is_err());
}

fn keys_turn() {
    let (mut world, client) = public();
    let (mut known, mut looks) = (KnownKeys::new(), 0);
    // The first look finds what a cache still has.
    let once_old = |request: &Request, response: &mut Response| {
        if request.url.ends_with(path::JWKS) && looks == 0 {
            looks += 1;
            response.body = keys_of(&[Owner::Stranger]);
        }
    };
    assert!(sign_in(&mut world, &client, &mut known, "openid", once_old).is_ok());
    assert_eq!(looks, 1);
    let never = |request: &Request, response: &mut Response| {
        if request.url.ends_with(path::JWKS) {
            response.body = keys_of(&[Owner::Stranger]);
        }
    };
    assert!(sign_in(&mut world, &client, &mut KnownKeys::new(), "openid", never).is_err());
}

fn signature_names_no_key() {
    let (mut world, client) = public();
    for (owners, is_good) in
        [(&[Owner::Stranger, Owner::Server] as &[_], true), (&[Owner::Stranger], false)]
    {
        let nameless = |request: &Request, response: &mut Response| {
            if request.url.ends_with(path::JWKS) {
                response.body = keys_of(owners);
            } else {
                rename(response);
            }
        };
        let tokens = sign_in(&mut world, &client, &mut KnownKeys::new(), "openid", nameless);
        assert_eq!(tokens.is_ok(), is_good);
    }
}

/// The guide's world, and a client that knows its server.
pub(crate) fn public() -> (World, Client) {
    let mut world = World::new();
    let client = discover(&mut world, profile(PUBLIC_ID, Credentials::Public));
    (world, client)
}

fn profile(client_id: &str, credentials: Credentials) -> Profile {
    Profile::new(ISSUER, client_id, CALLBACK, credentials).unwrap()
}

fn discover(world: &mut World, profile: Profile) -> Client {
    client::discover(profile, |request| world.send(request).response()).unwrap()
}

/// Signs Alice in at a server whose answers are changed on their way.
pub(crate) fn sign_in(
    world: &mut World,
    client: &Client,
    known: &mut KnownKeys,
    scope: &str,
    mut change: impl FnMut(&Request, &mut Response),
) -> Result<Tokens, Error> {
    let asked = Asked::of(ScopeSet::parse(scope).unwrap());
    let redirect = client::login(client, Seed::new([1; 32]), asked, world.now);
    let back = approve(world, &redirect.url);
    let accepted = client::accept(redirect.login, client, &back, world.now).unwrap();
    client::finish(accepted, known, world.now, |request| {
        let mut response = world.send(request).response();
        change(request, &mut response);
        response
    })
}

/// Alice approves everything; where her browser is sent back to.
fn approve(world: &mut World, url: &str) -> String {
    let (_, query) = url.split_once('?').unwrap();
    let page = world.visit(query).consent();
    let scopes: Vec<_> = page.scopes.iter().map(|line| line.scope.as_str()).collect();
    let response = world.decide(&page.interaction, "approve", &scopes).response();
    response.headers.first("location").unwrap().into()
}

fn keys_of(owners: &[Owner]) -> Vec<u8> {
    let keys = owners.iter().map(|owner| owner.public_key(Algorithm::Rs256)).collect();
    Jwks { keys }.to_json().into()
}

/// The same ID token, signed by the server without the name of its key.
fn rename(response: &mut Response) {
    let mut said: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    let token = said["id_token"].as_str().unwrap();
    let payload = token.split('.').nth(1).unwrap();
    let input = format!("{}.{payload}", base64url::encode(r#"{"alg":"RS256"}"#));
    let signature = Owner::Server.sign(Algorithm::Rs256, input.as_bytes());
    said["id_token"] = jws::assemble(&input, &signature).into();
    response.body = said.to_string().into();
    assert!(wire::json::parse_object(&response.body).is_ok());
}
