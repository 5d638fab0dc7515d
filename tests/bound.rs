//! Our client at our server, with tokens that are good for nothing without a key (RFC 9449).

use std::time::Duration;

use grantflow::client::session::State;
use grantflow::client::{
    Accepted, Asked, Client, Credentials, Error, KnownKeys, PrivateKey, Profile, ProofKey, Renewal,
    Seed, Tokens, Turn, Want,
};
use grantflow::entropy::Entropy;
use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{Key, NonceRule, Policy};
use grantflow::uri::Issuer;
use grantflow::wire::assertion::Assertion;
use grantflow::wire::dpop::Proof;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Request, Response};
use grantflow::wire::jws::Jws;
use grantflow_tests::client::{self, proof_key, ready};
use grantflow_tests::{
    CALLBACK, CLIENT_ID, CLIENT_SECRET, Holder, ISSUER, Owner, PUBLIC_ID, World, confidential,
    keyed,
};

const NONCES: [NonceRule; 2] = [NonceRule::WhenInDoubt, NonceRule::Always];

#[test]
fn a_public_app_signs_alice_in_with_a_key_of_each_algorithm_and_stays_so() {
    for (rule, alg) in NONCES.into_iter().flat_map(|rule| Algorithm::ALL.map(|alg| (rule, alg))) {
        let mut world = world(rule);
        let client = discover(&mut world, public(), proof_key(alg));
        let (tokens, sent) = sign_in(&mut world, &client);
        let tokens = tokens.unwrap();
        assert_eq!(tokens.key.as_ref().map(ProofKey::jkt), Some(proof_key(alg).jkt()), "{alg:?}");
        assert_eq!(nonces(&sent), wanted(rule), "{alg:?}");
        opens(&mut world, alg, &tokens);

        world.wait(3600);
        let (next, sent) = refresh(&mut world, &client, tokens);
        assert_eq!(next.key.as_ref().map(ProofKey::jkt), Some(proof_key(alg).jkt()));
        assert_eq!(nonces(&sent), wanted(rule), "{alg:?}");
        opens(&mut world, alg, &next);
    }
}

#[test]
fn an_app_with_a_key_of_its_own_signs_anew_whenever_it_proves_anew() {
    for rule in NONCES {
        let mut world = world(rule);
        world.register(&keyed(confidential()));
        let key = PrivateKey { alg: Algorithm::EdDsa, kid: Owner::Client.kid(Algorithm::EdDsa) };
        let profile = profile("keyed", Credentials::PrivateKey(key));
        let client = discover(&mut world, profile, proof_key(Algorithm::Es256));
        let (tokens, mut sent) = sign_in(&mut world, &client);
        let tokens = tokens.unwrap();
        assert_eq!(nonces(&sent), wanted(rule));
        opens(&mut world, Algorithm::Es256, &tokens);
        let (_, more) = refresh(&mut world, &client, tokens);
        sent.extend(more);
        let mut names: Vec<_> = sent.iter().map(statement).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!((names.len(), count), (count, 2 * wanted(rule).len()));
        let kept = world.store.keys().filter(|key| matches!(key, Key::Assertion { .. })).count();
        assert_eq!(kept, 2, "what was refused for want of a nonce was not looked at");
    }
}

#[test]
fn an_app_with_a_secret_proves_its_key_beside_it() {
    let mut world = world(NonceRule::Always);
    let secret = Credentials::Basic(Secret::new(CLIENT_SECRET));
    let client = discover(&mut world, profile(CLIENT_ID, secret), proof_key(Algorithm::Es256));
    let (tokens, sent) = sign_in(&mut world, &client);
    assert!(tokens.unwrap().key.is_some());
    assert!(sent.iter().all(|request| request.headers.first("authorization").is_some()));
}

#[test]
fn a_key_that_somebody_else_signs_for_gets_no_tokens() {
    let mut world = world(NonceRule::WhenInDoubt);
    let client = discover(&mut world, public(), proof_key(Algorithm::Es256));
    let Turn::Prove(ask) = accepted(&mut world, &client).finish() else { panic!("no key") };
    let ask = ask.proof(&Entropy::new([1; 32]), world.now);
    let theirs = Owner::Stranger.sign(Algorithm::Es256, ask.input().as_bytes());
    let Turn::Send(ask) = ask.answer(&theirs) else { panic!("nothing to send") };
    let response = world.send(ask.request()).response();
    let error = ask.answer(&response, &mut KnownKeys::new(), world.now).unwrap_err();
    assert_eq!(error.code(), "dpop_rejected");
}

#[test]
fn a_server_that_always_wants_another_nonce_is_asked_twice_and_no_more() {
    let mut world = world(NonceRule::Always);
    let client = discover(&mut world, public(), proof_key(Algorithm::Es256));
    let accepted = accepted(&mut world, &client);
    let mut sent = 0;
    let ended = client::finish(accepted, &mut KnownKeys::new(), world.now, |request| {
        sent += 1;
        // By the time it is there, it is good no longer.
        world.wait(300);
        world.send(request).response()
    });
    assert_eq!((ended.unwrap_err().code(), sent), ("dpop_rejected", 2));
}

#[test]
fn a_session_refreshes_with_its_key_and_its_host_can_say_no() {
    let mut world = world(NonceRule::Always);
    let client = discover(&mut world, public(), proof_key(Algorithm::Es256));
    let tokens = sign_in(&mut world, &client).0.unwrap();
    let mut session = client::Session::new(client, tokens, world.now);
    world.wait(3600);
    let life = Duration::from_secs(30);
    let Want::Send(ask) = session.want(world.now, life) else { panic!("not asked for") };
    let ask = ready(*ask, world.now);
    let response = world.send(ask.request()).response();
    // The key does not sign this time; the refresh token was not spent.
    session.give_back(ask.again(&response).unwrap());
    assert_eq!(session.state(), &State::Active);

    let Want::Send(ask) = session.want(world.now, life) else { panic!("not asked for") };
    let ask = ready(*ask, world.now);
    let response = world.send(ask.request()).response();
    let ask = ready(ask.again(&response).unwrap(), world.now);
    let response = world.send(ask.request()).response();
    let ask = ask.again(&response).unwrap_err();
    session.answer(*ask, &response, world.now).unwrap();
    opens(&mut world, Algorithm::Es256, session.tokens());
    assert!(matches!(session.want(world.now, life), Want::Use(_)));
}

// --- Helpers ------------------------------------------------------------------------------------

fn world(dpop_nonce: NonceRule) -> World {
    World::with(Policy { dpop_nonce, ..Policy::new(Issuer::parse(ISSUER).unwrap()) })
}

fn public() -> Profile {
    profile(PUBLIC_ID, Credentials::Public)
}

fn profile(client_id: &str, credentials: Credentials) -> Profile {
    Profile::new(ISSUER, client_id, CALLBACK, credentials).unwrap()
}

fn discover(world: &mut World, profile: Profile, key: ProofKey) -> Client {
    let profile = profile.bound_to(key);
    client::discover(profile, |request| world.send(request).response()).unwrap()
}

/// Alice has agreed to everything, and the app believes the answer.
fn accepted(world: &mut World, client: &Client) -> Accepted {
    let asked = Asked::of(ScopeSet::parse("openid offline_access").unwrap());
    let redirect = client::login(client, Seed::new([1; 32]), asked, world.now);
    let back = world.approve(redirect.url.split_once('?').unwrap().1);
    let fields: Vec<(&str, &str)> = back.iter().collect();
    let back = grantflow_tests::query(&fields);
    client::accept(redirect.login, client, &back, world.now).unwrap()
}

/// Signs Alice in; what was sent to the token endpoint.
fn sign_in(world: &mut World, client: &Client) -> (Result<Tokens, Error>, Vec<Request>) {
    let accepted = accepted(world, client);
    let mut sent = Vec::new();
    let tokens = client::finish(accepted, &mut KnownKeys::new(), world.now, |request| {
        if request.is_form() {
            sent.push(request.clone());
        }
        world.send(request).response()
    });
    (tokens, sent)
}

/// The next tokens, and what was sent for them.
fn refresh(world: &mut World, client: &Client, tokens: Tokens) -> (Tokens, Vec<Request>) {
    let mut ask = ready(client.refresh(tokens, Renewal::default()).unwrap(), world.now);
    let mut sent = Vec::new();
    loop {
        sent.push(ask.request().clone());
        let response: Response = world.send(ask.request()).response();
        match ask.again(&response) {
            Ok(again) => ask = ready(again, world.now),
            Err(ask) => return (ask.answer(&response, world.now).unwrap(), sent),
        }
    }
}

/// Whether a nonce is in the proof of each request that is sent for tokens.
fn wanted(rule: NonceRule) -> &'static [bool] {
    if rule == NonceRule::Always { &[false, true] } else { &[false] }
}

fn nonces(sent: &[Request]) -> Vec<bool> {
    let mut names = Vec::new();
    let proofs = sent.iter().map(|request| {
        let proof = Proof::parse(request.headers.one("dpop").unwrap().unwrap()).unwrap();
        assert!(!names.contains(&proof.jti), "a proof is used once");
        names.push(proof.jti);
        proof.nonce.is_some()
    });
    proofs.collect()
}

/// The name of the one statement of the client's in a request.
fn statement(request: &Request) -> String {
    let form = Form::parse(&request.body).unwrap();
    let text = form.one("client_assertion").unwrap().unwrap();
    Assertion::parse(&Jws::parse(text).unwrap().payload).unwrap().jti
}

/// What a bound token opens, with its key.
fn opens(world: &mut World, alg: Algorithm, tokens: &Tokens) {
    let mut request = Request::get(format!("{ISSUER}/oauth2/userinfo"));
    tokens.authorize(&mut request);
    let bare = Holder { owner: Owner::Client, alg, now: world.now, nonce: None };
    let shown = |holder: Holder<'_>, jti| {
        let proof = holder.proof(jti, &request, Some(tokens.access_token.expose()));
        let mut request = request.clone();
        request.headers.push("dpop", proof);
        request
    };
    let mut response = world.send(&shown(bare, "1")).response();
    if let Some(nonce) = response.headers.first("dpop-nonce").map(str::to_owned) {
        let holder = Holder { nonce: Some(&nonce), ..bare };
        response = world.send(&shown(holder, "2")).response();
    }
    assert_eq!(response.status, 200);
}
