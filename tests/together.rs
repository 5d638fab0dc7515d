//! Both sides and the wire between them as one value: our client signs in at our server.

use grantflow::client::{
    Asked, AwaitingCallback, Client, Credentials, Error, Profile, ReturnTo, Seed, Tokens, Turn,
    storage_key_of,
};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::wire::http::{Request, Response};
use grantflow_tests::{
    Answer, CALLBACK, CLIENT_ID, CLIENT_SECRET, ISSUER, PUBLIC_ID, World, is_signed_under,
    redirect_parameters, tasks_request,
};

#[test]
fn a_public_app_signs_alice_in_from_discovery_to_tasks() {
    let mut world = World::new();
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let tokens = sign_in(&mut world, &client, ISSUER).unwrap();
    let identity = tokens.identity.as_ref().unwrap();
    assert_eq!((identity.iss.as_str(), identity.sub.as_str()), (ISSUER, "user-alice"));
    assert!(identity.claims.expose().contains(r#""email":"alice@wonder.test""#));
    assert_eq!(tokens.scope.to_text(), "openid profile email");
    assert_eq!(tokens.return_to, "/tasks?open=1");
    assert_eq!(tokens.expires_at.unwrap().since(world.now).as_secs(), 3600);
    let access = world.send(&tasks_request(tokens.access_token.expose())).access();
    assert_eq!(access.subject.as_deref(), Some("user-alice"));

    let ask = client.userinfo(&tokens).unwrap();
    let response = world.send(ask.request()).response();
    let claims = ask.answer(&response).unwrap();
    assert!(claims.expose().starts_with(r#"{"sub":"user-alice","name":"Alice Liddell""#));
}

#[test]
fn a_signed_in_app_goes_on_without_the_user_and_gives_its_tokens_back() {
    let mut world = World::new();
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let asked = Asked::of(ScopeSet::parse("openid email offline_access").unwrap());
    let redirect = client.login(Seed::new([5; 32]), asked, world.now);
    let back = approve(&mut world, &redirect.url);
    let first = finish(&mut world, &client, redirect.login, &back).unwrap();
    world.wait(3600);
    let ask = client.refresh(first.clone()).unwrap();
    let response = world.send(ask.request()).response();
    let second = ask.answer(&response, world.now).unwrap();
    assert_eq!((&second.identity, &second.scope), (&first.identity, &first.scope));
    let tasks = tasks_request(second.access_token.expose());
    let _ = world.send(&tasks).access();

    world.wait(11);
    let ask = client.refresh(first.clone()).unwrap();
    let response = world.send(ask.request()).response();
    let late = ask.answer(&response, world.now).unwrap_err();
    assert_eq!(Error::from(late.error).code(), "session_revoked");
    assert_eq!(late.kept, first);

    let ask = client.revoke(&second).unwrap();
    let response = world.send(ask.request()).response();
    assert_eq!(ask.answer(&response), Ok(()));
    assert_eq!(world.send(&tasks).response().status, 401);
}

#[test]
fn a_confidential_app_proves_itself_with_basic() {
    let mut world = World::new();
    let secret = Credentials::Basic(Secret::new(CLIENT_SECRET));
    let client = discover(&mut world, CLIENT_ID, secret);
    assert!(sign_in(&mut world, &client, ISSUER).is_ok());
    let client = discover(&mut world, CLIENT_ID, Credentials::Basic(Secret::new("wrong")));
    assert_eq!(code(sign_in(&mut world, &client, ISSUER)), "client_rejected");
}

#[test]
fn a_denied_login_ends_with_the_servers_word() {
    let mut world = World::new();
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let (url, login) = begin(&world, &client, 1);
    let page = world.visit(query_of(&url)).consent();
    let back = world.decide(&page.interaction, "deny", &[]).response();
    let back = back.headers.first("location").unwrap();
    assert_eq!(code(finish(&mut world, &client, login, back)), "access_denied");
}

#[test]
fn a_code_that_came_too_late_ends_the_login() {
    let mut world = World::new();
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let (url, login) = begin(&world, &client, 1);
    let back = approve(&mut world, &url);
    world.wait(600);
    assert_eq!(code(finish(&mut world, &client, login, &back)), "grant_invalid");
}

#[test]
fn a_callback_for_another_login_changes_nothing() {
    let mut world = World::new();
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let (url, mine) = begin(&world, &client, 1);
    let (_, other) = begin(&world, &client, 2);
    let back = approve(&mut world, &url);
    assert_ne!(mine.storage_key(), other.storage_key());
    assert_eq!(storage_key_of(&back).unwrap().as_deref(), Some(mine.storage_key().as_str()));
    let unaccepted = other.accept(client.profile(), &back, world.now).unwrap_err();
    assert!(unaccepted.kept.is_some(), "the other login still waits");
    assert_eq!(Error::from(unaccepted.error).code(), "state_unknown");
    assert!(finish(&mut world, &client, mine, &back).is_ok());
}

#[test]
fn an_answer_that_was_tampered_with_signs_nobody_in() {
    for (from, to, expected) in [
        ("iss=https%3A%2F%2Fas.test", "iss=https%3A%2F%2Fevil.test", "response_iss_mismatch"),
        ("&iss=https%3A%2F%2Fas.test", "", "response_iss_missing"),
        ("&iss=", "&code=again&iss=", "param_repeated"),
        ("code=gfc_", "code=gfc_A", "grant_invalid"),
    ] {
        let mut world = World::new();
        let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
        let (url, login) = begin(&world, &client, 1);
        let back = approve(&mut world, &url).replace(from, to);
        assert_eq!(code(finish(&mut world, &client, login, &back)), expected);
    }
}

#[test]
fn a_token_signed_by_another_key_signs_nobody_in() {
    let mut world = World::new();
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let (url, login) = begin(&world, &client, 1);
    let back = approve(&mut world, &url);
    let now = world.now;
    let accepted = login.accept(client.profile(), &back, now).unwrap();
    let mut turn = accepted.finish(None);
    let outcome = loop {
        turn = match turn {
            Turn::Send(ask) => {
                let mut response = world.send(ask.request()).response();
                tamper(&mut response);
                match ask.answer(&response, now) {
                    Ok(turn) => turn,
                    Err(error) => break Err(error),
                }
            }
            Turn::Verify(ask) => {
                let good = is_signed_under(ask.jwk(), ask.input().as_bytes(), ask.signature());
                match ask.answer(good) {
                    Ok(turn) => turn,
                    Err(error) => break Err(error),
                }
            }
            Turn::Done(tokens) => break Ok(*tokens),
        }
    };
    assert_eq!(code(outcome), "id_token_signature");
}

#[test]
fn another_servers_metadata_is_not_believed() {
    let mut world = World::new();
    let profile = Profile::new("https://as.test/tenant", PUBLIC_ID, CALLBACK, Credentials::Public);
    let ask = profile.unwrap().discover();
    assert_eq!(ask.request().url, "https://as.test/tenant/.well-known/openid-configuration");
    let other = Request::get(format!("{ISSUER}/.well-known/openid-configuration"));
    let error = ask.answer(&world.send(&other).response()).unwrap_err();
    assert_eq!(Error::from(error).code(), "issuer_mismatch");
}

#[test]
fn the_same_seed_and_clock_make_the_same_login() {
    let mut world = World::new();
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let ((one, first), (two, second)) = (begin(&world, &client, 9), begin(&world, &client, 9));
    assert_eq!((one, first.encode()), (two, second.encode()));
}

/// One bit of the signature, in the middle of the third part.
fn tamper(response: &mut Response) {
    let body = std::str::from_utf8(&response.body).unwrap();
    let Some(start) = body.find("\"id_token\":\"") else { return };
    let end = start + body[start + 12..].find('"').unwrap();
    let at = end - 20;
    response.body[at] = if response.body[at] == b'A' { b'B' } else { b'A' };
}

fn discover(world: &mut World, client_id: &str, credentials: Credentials) -> Client {
    let ask = Profile::new(ISSUER, client_id, CALLBACK, credentials).unwrap().discover();
    let response = world.send(ask.request()).response();
    ask.answer(&response).unwrap()
}

/// The URL to go to, and the login as it comes back from storage.
fn begin(world: &World, client: &Client, seed: u8) -> (String, AwaitingCallback) {
    let asked = Asked {
        return_to: ReturnTo::parse("/tasks?open=1").unwrap(),
        ..Asked::of(ScopeSet::parse("openid profile email").unwrap())
    };
    let redirect = client.login(Seed::new([seed; 32]), asked, world.now);
    let stored = redirect.login.encode();
    (redirect.url, AwaitingCallback::decode(&stored).unwrap())
}

fn query_of(url: &str) -> &str {
    url.strip_prefix(&format!("{ISSUER}/oauth2/authorize?")).unwrap()
}

/// Alice approves everything; where her browser is sent back to.
fn approve(world: &mut World, url: &str) -> String {
    let page = world.visit(query_of(url)).consent();
    let scopes: Vec<_> = page.scopes.iter().map(|line| line.scope.as_str()).collect();
    let response = world.decide(&page.interaction, "approve", &scopes).response();
    assert!(redirect_parameters(&response).one("code").unwrap().is_some());
    response.headers.first("location").unwrap().into()
}

fn sign_in(world: &mut World, client: &Client, issuer: &str) -> Result<Tokens, Error> {
    assert_eq!(client.profile().issuer().as_str(), issuer);
    let (url, login) = begin(world, client, 1);
    let back = approve(world, &url);
    finish(world, client, login, &back)
}

fn finish(
    world: &mut World,
    client: &Client,
    login: AwaitingCallback,
    back: &str,
) -> Result<Tokens, Error> {
    let now = world.now;
    let accepted = login.accept(client.profile(), back, now).map_err(|e| Error::from(e.error))?;
    let mut turn = accepted.finish(None);
    loop {
        turn = match turn {
            Turn::Send(ask) => {
                let Answer::Response(response) = world.send(ask.request()) else { panic!() };
                ask.answer(&response, now)?
            }
            Turn::Verify(ask) => {
                let good = is_signed_under(ask.jwk(), ask.input().as_bytes(), ask.signature());
                ask.answer(good)?
            }
            Turn::Done(tokens) => return Ok(*tokens),
        }
    }
}

fn code(outcome: Result<Tokens, Error>) -> &'static str {
    outcome.err().map_or("signed in", |error| error.code())
}
