//! Both sides and the wire between them as one value: our client signs in at our server.

use std::time::Duration;

use grantflow::client::session::{Delivery, State};
use grantflow::client::{
    Asked, AwaitingCallback, AwaitingRegistration, AwaitingRevocation, AwaitingServer, Challenge,
    Client, Credentials, Error, Farewell, KnownKeys, Outgoing, Parameter, PrivateKey, Profile,
    Prompt, Registration, Renewal, ReturnTo, Seed, Tokens, Want, storage_key_of,
};
use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{self, Declaration, KeySet, Policy, Resource, TokenFormat};
use grantflow::uri::Issuer;
use grantflow::wire::callback::ResponseMode;
use grantflow::wire::claims_request::{ClaimRequest, ClaimsRequest};
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::http::{Request, Response};
use grantflow::wire::registration::{AuthMethod, ClientMetadata};
use grantflow_tests::client::{self, ready};
use grantflow_tests::{
    CALLBACK, CLIENT_ID, CLIENT_SECRET, ISSUER, Owner, PUBLIC_ID, World, confidential, json, keyed,
    own_form, payload, query, redirect_parameters, tasks_request, text,
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
    let redirect = client::login(&client, Seed::new([5; 32]), asked, world.now);
    let back = approve(&mut world, &redirect.url);
    let first = finish(&mut world, &client, redirect.login, &back).unwrap();
    world.wait(3600);
    let ask = ready(client.refresh(first.clone(), Renewal::default()).unwrap(), world.now);
    let response = world.send(ask.request()).response();
    let second = ask.answer(&response, world.now).unwrap();
    assert_eq!((&second.identity, &second.scope), (&first.identity, &first.scope));
    let tasks = tasks_request(second.access_token.expose());
    let _ = world.send(&tasks).access();

    world.wait(11);
    let ask = ready(client.refresh(first.clone(), Renewal::default()).unwrap(), world.now);
    let response = world.send(ask.request()).response();
    let late = ask.answer(&response, world.now).unwrap_err();
    assert_eq!(Error::from(late.error).code(), "session_revoked");
    assert_eq!(late.kept, first);

    let ask = ready(client.revoke(&second).unwrap(), world.now);
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
    let unaccepted = client::accept(other, &client, &back, world.now).unwrap_err();
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
    let accepted = client::accept(login, &client, &back, now).unwrap();
    let outcome = client::finish(accepted, &mut KnownKeys::new(), now, |request| {
        let mut response = world.send(request).response();
        tamper(&mut response);
        response
    });
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

#[test]
fn an_app_that_nobody_knows_introduces_itself_and_leaves_no_trace() {
    let mut world = world(|policy| policy.registration = server::Registration::Open);
    let ask = AwaitingServer::of(Issuer::parse(ISSUER).unwrap());
    let response = world.send(ask.request()).response();
    let metadata = ask.answer(&response).unwrap();
    let words = ClientMetadata {
        redirect_uris: vec![CALLBACK.into()],
        client_name: Some("Self-made".into()),
        token_endpoint_auth_method: Some(AuthMethod::ClientSecretPost),
        ..ClientMetadata::default()
    };
    let ask = AwaitingRegistration::of(words.clone(), &metadata, None).unwrap();
    let response = world.send(ask.request()).response();
    let known = ask.answer(&response).unwrap();
    let client = Client::new(known.profile(CALLBACK, None).unwrap(), metadata).unwrap();
    assert!(sign_in(&mut world, &client, ISSUER).is_ok());

    let ask = known.read().unwrap();
    let response = world.send(ask.request()).response();
    assert_eq!(ask.answer(&response).unwrap().information.client_secret.as_ref(), secret(&known));
    let renamed = ClientMetadata { client_name: Some("Renamed".into()), ..words };
    let ask = known.change(renamed).unwrap();
    let response = world.send(ask.request()).response();
    let known = ask.answer(&response).unwrap();
    assert_eq!(known.information.metadata.client_name.as_deref(), Some("Renamed"));
    assert!(sign_in(&mut world, &client, ISSUER).is_ok());

    let ask = known.remove().unwrap();
    let response = world.send(ask.request()).response();
    assert_eq!(ask.answer(&response), Ok(()));
    let ask = known.read().unwrap();
    let response = world.send(ask.request()).response();
    assert_eq!(Error::from(ask.answer(&response).unwrap_err()).code(), "token_rejected");
    let ask = AwaitingRegistration::of(
        ClientMetadata {
            redirect_uris: vec!["com.example:/cb".into()],
            ..ClientMetadata::default()
        },
        &ServerMetadata {
            registration_endpoint: Some(format!("{ISSUER}/oauth2/register")),
            ..ServerMetadata::new(ISSUER)
        },
        None,
    );
    let ask = ask.unwrap();
    let response = world.send(ask.request()).response();
    let error = Error::from(ask.answer(&response).unwrap_err());
    assert_eq!(error.code(), "redirect_uri_rejected");
    assert!(error.oauth().unwrap().error_description.is_some());
}

fn secret(known: &Registration) -> Option<&Secret> {
    known.information.client_secret.as_ref()
}

#[test]
fn an_app_with_a_key_proves_itself_at_every_leg() {
    let mut world = World::new();
    world.register(&keyed(confidential()));
    let alg = Algorithm::EdDsa;
    let key = |kid| Credentials::PrivateKey(PrivateKey { alg, kid });
    let client = discover(&mut world, "keyed", key(Owner::Client.kid(alg)));
    let first = sign_in_for(&mut world, &client, "openid offline_access").unwrap();
    let ask = ready(client.refresh(first, Renewal::default()).unwrap(), world.now);
    let response = world.send(ask.request()).response();
    let second = ask.answer(&response, world.now).unwrap();
    let ask = ready(client.revoke(&second).unwrap(), world.now);
    let response = world.send(ask.request()).response();
    assert_eq!(ask.answer(&response), Ok(()));

    let other = discover(&mut world, "keyed", key("other".into()));
    assert_eq!(code(sign_in(&mut world, &other, ISSUER)), "client_rejected");
}

#[test]
fn an_app_of_two_apis_gets_a_token_for_each() {
    let api = |identifier: &str| Resource {
        identifier: identifier.into(),
        path: None,
        scope: ScopeSet::default(),
        format: TokenFormat::Jwt,
        introspected_by: None,
    };
    let (mail, files) = ("https://mail.test/", "https://files.test/");
    let mut world = world(|policy| policy.resources.extend([api(mail), api(files)]));
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let asked = Asked {
        resources: vec![mail.into(), files.into()],
        ..Asked::of(ScopeSet::parse("openid email offline_access").unwrap())
    };
    let redirect = client::login(&client, Seed::new([5; 32]), asked, world.now);
    let back = approve(&mut world, &redirect.url);
    let login = AwaitingCallback::decode(&redirect.login.encode()).unwrap();
    let tokens = finish(&mut world, &client, login, &back).unwrap();
    let audience = |tokens: &Tokens| payload(tokens.access_token.expose())["aud"].clone();
    assert_eq!((audience(&tokens), tokens.resource.as_deref()), (mail.into(), Some(mail)));

    let mut refresh = |tokens: &Tokens, renewal| {
        let ask = ready(client.refresh(tokens.clone(), renewal).unwrap(), world.now);
        let response = world.send(ask.request()).response();
        ask.answer(&response, world.now)
    };
    let less =
        Renewal { resource: Some(files.into()), scope: Some(ScopeSet::parse("openid").unwrap()) };
    let second = refresh(&tokens, less).unwrap();
    assert_eq!((audience(&second), second.scope.to_text()), (files.into(), "openid".into()));
    let third = refresh(&second, Renewal::default()).unwrap();
    assert_eq!((audience(&third), &third.scope), (files.into(), &tokens.scope));
    let elsewhere = Renewal { resource: Some("https://evil.test/".into()), scope: None };
    let error = Error::from(refresh(&third, elsewhere).unwrap_err().error);
    assert_eq!(error.code(), "invalid_target");
}

#[test]
fn an_api_that_wants_more_gets_a_token_that_can() {
    let mut world = world(|policy| {
        let tasks = policy.resources.iter_mut().find(|r| r.path.as_deref() == Some("/api/tasks"));
        tasks.unwrap().scope = ScopeSet::parse("email").unwrap();
    });
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let tokens = sign_in_for(&mut world, &client, "openid profile").unwrap();
    let refused = world.send(&tasks_request(tokens.access_token.expose())).response();
    assert_eq!(refused.status, 403);
    let challenge = Challenge::of(&refused).unwrap();
    let asked = Asked::more(&tokens, &challenge).unwrap();
    assert_eq!(asked.scope.to_text(), "openid profile email");
    let tokens = sign_in_for(&mut world, &client, &asked.scope.to_text()).unwrap();
    let _ = world.send(&tasks_request(tokens.access_token.expose())).access();
    assert_eq!(Asked::more(&tokens, &challenge), None, "asking again would change nothing");
}

#[test]
fn a_user_signs_out_at_the_server_and_comes_back() {
    let mut world = World::new();
    let bye = "https://yourapp.com/bye";
    world.register(&Declaration {
        metadata: ClientMetadata {
            post_logout_redirect_uris: vec![bye.into()],
            ..confidential().metadata
        },
        ..confidential()
    });
    let secret = Credentials::Basic(Secret::new(CLIENT_SECRET));
    let client = discover(&mut world, CLIENT_ID, secret);
    let tokens = sign_in(&mut world, &client, ISSUER).unwrap();
    let farewell = Farewell { page: bye, state: Some("s 1") };
    let url = client.logout(&tokens, Some(farewell)).unwrap();
    let response = world.browse(Request::get(url)).response();
    let back = response.headers.first("location").unwrap();
    let (page, query) = back.split_once('?').unwrap();
    assert_eq!(page, bye);
    assert!(farewell.is_over(query));

    let silent = Asked { prompt: Some(Prompt::None), ..Asked::of(tokens.scope) };
    let redirect = client::login(&client, Seed::new([6; 32]), silent, world.now);
    let answer = world.visit(query_of(&redirect.url)).response();
    let back = answer.headers.first("location").unwrap();
    assert_eq!(code(finish(&mut world, &client, redirect.login, back)), "login_required");
}

#[test]
fn a_session_refreshes_once_for_all_and_survives_a_lost_answer() {
    let mut world = World::new();
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let tokens = sign_in_for(&mut world, &client, "openid offline_access").unwrap();
    let mut session = client::Session::new(client, tokens, world.now);
    let life = Duration::from_secs(60);
    world.wait(3590);
    let Want::Send(ask) = session.want(world.now, life) else { panic!("not asked for") };
    let ask = ready(*ask, world.now);
    let lost = world.send(ask.request()).response();
    assert_eq!(lost.status, 200, "the server has turned the tokens and nobody has heard");
    assert!(matches!(session.want(world.now, life), Want::Use(_)), "the old one still lives");
    session.lost(&ask, Delivery::Unknown, world.now).unwrap_err();
    assert_eq!(session.state(), &State::InDoubt);

    world.wait(5);
    let Want::Send(ask) = session.want(world.now, life) else { panic!("not asked for") };
    let ask = ready(*ask, world.now);
    let response = world.send(ask.request()).response();
    assert_eq!(json(&response)["refresh_token"], json(&lost)["refresh_token"]);
    session.answer(ask, &response, world.now).unwrap();
    let Want::Use(token) = session.want(world.now, life) else { panic!("not usable") };
    let _ = world.send(&tasks_request(token.expose())).access();

    world.wait(4000);
    let ask = ready(session_revoked(&mut world, &session), world.now);
    assert_eq!(world.send(ask.request()).response().status, 200);
    let Want::Send(ask) = session.want(world.now, life) else { panic!("not asked for") };
    let ask = ready(*ask, world.now);
    let response = world.send(ask.request()).response();
    let error = session.answer(ask, &response, world.now).unwrap_err();
    assert_eq!(error.code(), "session_revoked");
    assert!(matches!(session.want(world.now, life), Want::SignIn(_)));
}

fn session_revoked(world: &mut World, session: &client::Session) -> Outgoing<AwaitingRevocation> {
    let client = discover(world, PUBLIC_ID, Credentials::Public);
    client.revoke(session.tokens()).unwrap()
}

#[test]
fn an_app_with_a_server_of_its_own_is_answered_by_form() {
    let mut world = World::new();
    let secret = Credentials::Basic(Secret::new(CLIENT_SECRET));
    let client = discover(&mut world, CLIENT_ID, secret);
    let phone = ClaimsRequest {
        id_token: vec![ClaimRequest::of("phone_number")],
        ..ClaimsRequest::default()
    };
    let asked = Asked {
        response_mode: Some(ResponseMode::FormPost),
        others: vec![Parameter::new("ui_locales", "en").unwrap()],
        claims: Some(phone.to_json()),
        ..Asked::of(ScopeSet::parse("openid").unwrap())
    };
    let redirect = client::login(&client, Seed::new([7; 32]), asked, world.now);
    let page = world.visit(query_of(&redirect.url)).consent();
    let fields = [
        ("interaction", page.interaction.as_str()),
        ("decision", "approve"),
        ("scope", "openid"),
        ("claim", "phone_number"),
    ];
    let response = world.browse(own_form("/oauth2/consent", &fields)).response();
    let body = posted_by(text(&response));
    assert!(storage_key_of(&body).unwrap().is_some());
    let tokens = finish(&mut world, &client, redirect.login, &body).unwrap();
    assert!(tokens.identity.unwrap().claims.expose().contains(r#""phone_number":"+44 1""#));
}

/// What the browser posts when the page submits its form.
fn posted_by(page: &str) -> String {
    let fields: Vec<(&str, &str)> = page
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|field| field.split_once("\" value=\"").unwrap())
        .map(|(name, rest)| (name, rest.split_once('"').unwrap().0))
        .collect();
    query(&fields)
}

#[test]
fn keys_turn_under_a_client_that_knows_the_old_ones() {
    let mut world = World::new();
    let client = discover(&mut world, PUBLIC_ID, Credentials::Public);
    let mut known = KnownKeys::new();
    let mut fetches = Vec::new();
    for alg in [Algorithm::Rs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::Es256] {
        let keys = KeySet::new([Owner::Server.public_key(alg)]).unwrap();
        world.server = Box::leak(Box::new(world.server.clone().with_keys(keys)));
        let client = client_taking(&mut world, alg).unwrap_or_else(|| client.clone());
        let (url, login) = begin(&world, &client, 1);
        let back = approve(&mut world, &url);
        let now = world.now;
        let accepted = client::accept(login, &client, &back, now).unwrap();
        let mut looks = 0;
        let tokens = client::finish(accepted, &mut known, now, |request| {
            looks += usize::from(request.url.ends_with("/jwks"));
            world.send(request).response()
        });
        assert!(tokens.is_ok(), "{alg:?}");
        fetches.push(looks);
    }
    assert_eq!(fetches, [1, 0, 1, 0]);
}

/// A server that signs with something else says so in its metadata.
fn client_taking(world: &mut World, alg: Algorithm) -> Option<Client> {
    (alg != Algorithm::Rs256).then(|| discover(world, PUBLIC_ID, Credentials::Public))
}

fn world(change: impl FnOnce(&mut Policy)) -> World {
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    change(&mut policy);
    World::with(policy)
}

fn sign_in_for(world: &mut World, client: &Client, scope: &str) -> Result<Tokens, Error> {
    let asked = Asked::of(ScopeSet::parse(scope).unwrap());
    let redirect = client::login(client, Seed::new([8; 32]), asked, world.now);
    let back = approve(world, &redirect.url);
    finish(world, client, redirect.login, &back)
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
    let profile = Profile::new(ISSUER, client_id, CALLBACK, credentials).unwrap();
    client::discover(profile, |request| world.send(request).response()).unwrap()
}

/// The URL to go to, and the login as it comes back from storage.
fn begin(world: &World, client: &Client, seed: u8) -> (String, AwaitingCallback) {
    let asked = Asked {
        return_to: ReturnTo::parse("/tasks?open=1").unwrap(),
        ..Asked::of(ScopeSet::parse("openid profile email").unwrap())
    };
    let redirect = client::login(client, Seed::new([seed; 32]), asked, world.now);
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
    let accepted = client::accept(login, client, back, now).map_err(|e| Error::from(e.error))?;
    client::finish(accepted, &mut KnownKeys::new(), now, |request| world.send(request).response())
}

fn code(outcome: Result<Tokens, Error>) -> &'static str {
    outcome.err().map_or("signed in", |error| error.code())
}
