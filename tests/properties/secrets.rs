//! Secrets never print. A story is told with secrets that can be recognised, everything that can be
//! printed on its way is printed, and then they are looked for in all of it, however spelled.

use std::fmt::Debug;
use std::time::Duration;

use grantflow::base64url;
use grantflow::client::ProofKey;
use grantflow::client::dpop::Use;
use grantflow::client::register::RegisterError;
use grantflow::client::session::Delivery;
use grantflow::client::{
    self, Asked, AwaitingCallback, AwaitingRegistration, Client, Credentials, Farewell, KnownKeys,
    Outgoing, Parameter, PrivateKey, Profile, RecordKey, Seed, Session, Tokens, Want,
};
use grantflow::entropy::Entropy;
use grantflow::key::Algorithm;
use grantflow::pkce::Challenge;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::redeem::Redemption;
use grantflow::server::{InitialAccess, Record, SealingKeys, path};
use grantflow::wire::access_token::AccessClaims;
use grantflow::wire::assertion::Assertion;
use grantflow::wire::authorize::AuthorizationRequest;
use grantflow::wire::callback::Callback;
use grantflow::wire::claims_request::ClaimsRequest;
use grantflow::wire::dpop::{Proof, Said};
use grantflow::wire::error::ErrorBody;
use grantflow::wire::form::{self, Form};
use grantflow::wire::http::{Headers, Method, Request, Response};
use grantflow::wire::id_token::IdClaims;
use grantflow::wire::json;
use grantflow::wire::jwks::public_jwk;
use grantflow::wire::jws::{self, Jws};
use grantflow::wire::logout::LogoutRequest;
use grantflow::wire::registration::{AuthMethod, ClientInformation, ClientMetadata};
use grantflow::wire::resource_metadata::ResourceMetadata;
use grantflow::wire::token::{TokenRequest, TokenResponse};
use grantflow::wire::{bearer, credentials};
use proptest::prelude::*;

use crate::cases;
use crate::fuzz::host::{Answer, BEGINNING, Fault, Host, PASSWORD, quick_key};
use crate::fuzz::stored;
use crate::fuzz::world::{self, CALLBACK, CHALLENGE, INITIAL, ISSUER, KEYED, SEALING, SECRET, WEB};
use crate::hunt::{Hunt, types_with_text};
use crate::life::live;

/// What a story is made of, all of it secret.
#[derive(Clone, Debug)]
struct Marks {
    seed: [u8; 32],
    record_key: [u8; 32],
    entropy: [u8; 32],
    wrong_password: String,
    state: String,
}

fn marks() -> impl Strategy<Value = Marks> {
    let bytes = any::<[[u8; 32]; 3]>();
    (bytes, "wrong-[a-z0-9]{12}", "state [a-z0-9]{12}").prop_map(
        |(bytes, wrong_password, state)| {
            let [seed, record_key, entropy] = bytes;
            Marks { seed, record_key, entropy, wrong_password, state }
        },
    )
}

/// Tells the whole story.
fn tell(marks: &Marks) -> Hunt {
    let mut hunt = Hunt::default();
    hunt.secret("the sealing key", SEALING);
    hunt.secret("the seed", marks.seed);
    hunt.secret("the key of records", marks.record_key);
    hunt.secret("entropy", marks.entropy);
    hunt.secret("a password", PASSWORD);
    hunt.secret("a wrong password", &marks.wrong_password);
    hunt.secret("the app's state", &marks.state);
    hunt.secret("a client's secret", SECRET);
    hunt.secret("an initial access token", INITIAL);
    hunt.debug(&SealingKeys::new(SEALING).and_older(marks.record_key));
    hunt.debug(&Entropy::new(marks.entropy));
    hunt.debug(&Seed::new(marks.seed));
    hunt.debug(&RecordKey::new(marks.record_key));
    hunt.debug(&InitialAccess::new(&Secret::new(INITIAL)));
    hunt.debug(&world::declarations());

    let mut host = world::host(1);
    let mut cookie = None;
    let basic = Credentials::Basic(Secret::new(SECRET));
    let client = discovered(&mut hunt, &mut host, WEB, basic);
    let back = sign_in(&mut hunt, &mut host, &mut cookie, &client, marks);
    if let Some(tokens) = finish(&mut hunt, &mut host, back, marks) {
        use_up(&mut hunt, &mut host, &mut cookie, &client, tokens, marks);
    }
    register(&mut hunt, &mut host, &mut cookie);
    prove(&mut hunt, &mut host);
    live(&mut hunt, &mut host, marks.seed);
    say(&mut hunt, marks, &host);
    hunt.store(&host);
    hunt
}

fn discovered(hunt: &mut Hunt, host: &mut Host, id: &str, credentials: Credentials) -> Client {
    hunt.debug(&credentials);
    let profile = Profile::new(ISSUER, id, CALLBACK, credentials).unwrap();
    hunt.debug(&profile);
    let ask = profile.discover();
    hunt.debug(&ask);
    let Answer::Response(response) = hunt.send(host, ask.request()) else { panic!("no metadata") };
    let client = ask.answer(&response).unwrap();
    hunt.debug(&client);
    client
}

/// A login that waits, and its callback.
struct Back {
    client: Client,
    record: String,
    query: String,
}

fn sign_in(
    hunt: &mut Hunt,
    host: &mut Host,
    cookie: &mut Option<String>,
    client: &Client,
    marks: &Marks,
) -> Back {
    let scope = ScopeSet::parse("openid profile offline_access").unwrap();
    let asked = Asked {
        login_hint: Some("alice".into()),
        others: vec![Parameter::new("ui_locales", "en").unwrap()],
        ..Asked::of(scope)
    };
    hunt.debug(&asked);
    let redirect = client.login(Seed::new(marks.seed), asked, host.now);
    let sent = Form::parse(redirect.url.split_once('?').unwrap().1.as_bytes()).unwrap();
    hunt.secret("a state", sent.field("state"));
    hunt.secret("a nonce", sent.field("nonce"));
    hunt.debug(&sent);
    hunt.debug(&redirect);
    let login = redirect.login;
    hunt.secret("a record", login.encode());
    hunt.secret("a sealed record", login.seal(&RecordKey::new(marks.record_key)));
    hunt.debug(&AwaitingCallback::decode(&login.encode()[1..]));
    hunt.debug(&AwaitingCallback::open(&login.encode(), &RecordKey::new(marks.record_key)));
    hunt.debug(&login);

    let page = hunt.browse(host, cookie, Request::get(&redirect.url));
    let interaction = world::interaction(&page).unwrap();
    let wrong = [
        ("interaction", &*interaction),
        ("username", "alice"),
        ("password", &*marks.wrong_password),
    ];
    let page = hunt.browse(host, cookie, world::own_form(path::LOGIN, &wrong));
    let interaction = world::interaction(&page).unwrap();
    let next = hunt.browse(host, cookie, world::login_form(&interaction));
    let consent = hunt.browse(host, cookie, Request::get(next.location().unwrap()));
    let yes = world::yes(&world::interaction(&consent).unwrap());
    let url = hunt.browse(host, cookie, yes).location().unwrap().to_owned();
    let (_, query) = url.split_once('?').unwrap();
    let sent = Form::parse(query.as_bytes()).unwrap();
    hunt.secret("a code", sent.field("code"));
    hunt.debug(&Callback::parse(query));
    hunt.debug(&Callback::parse(&format!("{query}&code=again")));
    Back { client: client.clone(), record: login.encode(), query: query.to_owned() }
}

fn finish(hunt: &mut Hunt, host: &mut Host, back: Back, marks: &Marks) -> Option<Tokens> {
    let Back { client, record, query } = back;
    let login = || AwaitingCallback::decode(&record).unwrap();
    // Everything that goes wrong with it.
    let late = host.now + Duration::from_secs(901);
    for (query, now) in [
        (query.replace("state=", "state=x"), host.now),
        (query.replace("iss=", "iss=x"), host.now),
        (query.replace("code=", "error="), host.now),
        (format!("{query}&state=x"), host.now),
        (query.clone(), late),
    ] {
        let unaccepted = login().accept(&client, &query, now).unwrap_err();
        hunt.debug(&unaccepted);
        hunt.error(unaccepted.error);
    }
    let accepted = login().accept(&client, &query, host.now).unwrap();
    hunt.debug(&accepted);
    let exchange = accepted.exchange();
    hunt.debug(&exchange);
    let ask = exchange.unsigned().unwrap();
    let form = Form::parse(&ask.request().body).unwrap();
    hunt.secret("a verifier", form.field("code_verifier"));
    hunt.debug(&ask);
    let request = ask.request().clone();
    hunt.secret("a header", request.headers.first("authorization").unwrap());
    let Answer::Response(response) = hunt.send(host, &request) else { panic!("no answer") };
    let tokens = TokenResponse::parse(&response.body).unwrap();
    hunt.debug(&tokens);
    hunt.secret("an access token", tokens.access_token.expose());
    hunt.secret("a refresh token", tokens.refresh_token.as_ref().unwrap().expose());
    let id_token = tokens.id_token.as_ref().unwrap().expose().to_owned();
    hunt.secret("an ID token", &id_token);
    hunt.debug(&Jws::parse(&id_token));
    hunt.debug(&Jws::parse(&format!("{id_token}.x")));
    let (_, payload) = stored_claims(&id_token);
    hunt.secret("the claims", &payload);
    hunt.debug(&IdClaims::parse(payload.as_bytes()));
    hunt.debug(&IdClaims::parse(payload.replace("\"iss\"", "\"ass\"").as_bytes()));
    hunt.debug(&json::parse(payload.as_bytes()));
    hunt.debug(&json::parse_object(payload.as_bytes()));
    broken(hunt, &client, &record, &query, &response, marks);

    let mut known = KnownKeys::new();
    let unproven = ask.answer(&response, host.now).unwrap();
    hunt.debug(&unproven);
    let mut turn: client::Turn = login().accept(&client, &query, host.now).unwrap().finish();
    loop {
        hunt.debug(&turn);
        turn = match turn {
            client::Turn::Send(ask) => {
                let response = if ask.request().is_form() {
                    response.clone()
                } else {
                    let Answer::Response(keys) = hunt.send(host, ask.request()) else {
                        panic!("no keys")
                    };
                    keys
                };
                ask.answer(&response, &mut known, host.now).unwrap()
            }
            client::Turn::Sign(_) | client::Turn::Prove(_) => panic!("this client has no key"),
            client::Turn::Verify(ask) => {
                hunt.debug(&known);
                ask.answer(true).unwrap()
            }
            client::Turn::Done(tokens) => {
                hunt.debug(&tokens);
                return Some(*tokens);
            }
        };
    }
}

/// A signed token as text, and the claims in it.
fn stored_claims(token: &str) -> (String, String) {
    let payload = token.split('.').nth(1).unwrap();
    (token.to_owned(), String::from_utf8(base64url::decode(payload).unwrap()).unwrap())
}

/// Answers that a client does not like, with secrets in them.
fn broken(
    hunt: &mut Hunt,
    client: &Client,
    record: &str,
    query: &str,
    good: &Response,
    marks: &Marks,
) {
    let text = String::from_utf8_lossy(&good.body).into_owned();
    for (status, body) in [
        (200, text.replace("\"access_token\"", "\"access\"")),
        (200, text.replace("\"token_type\":\"Bearer\"", "\"token_type\":\"mac\"")),
        (200, text.replace('}', "")),
        (200, text.replace("eyJ", "e.yJ")),
        (200, text.replacen("eyJ", "eyX", 1)),
        (500, text.clone()),
        (400, text.replacen('{', "{\"error\":\"invalid_grant\",", 1)),
        (200, marks.wrong_password.clone()),
    ] {
        let login = AwaitingCallback::decode(record).unwrap();
        let ask = login.accept(client, query, BEGINNING).unwrap().exchange().unsigned().unwrap();
        let response = Response { status, body: body.into_bytes(), headers: good.headers.clone() };
        hunt.debug(&response);
        match ask.answer(&response, BEGINNING) {
            Err(error) => hunt.error(error),
            Ok(unproven) => match unproven.proof(&KnownKeys::new(), BEGINNING) {
                Err(error) => hunt.error(error),
                Ok(proof) => hunt.debug(&proof),
            },
        }
    }
}

/// The tokens are used, renewed, asked about, given back.
fn use_up(
    hunt: &mut Hunt,
    host: &mut Host,
    cookie: &mut Option<String>,
    client: &Client,
    tokens: Tokens,
    marks: &Marks,
) {
    let id_token = tokens.id_token.as_ref().unwrap().clone();
    let ask = client.userinfo(&tokens).unwrap();
    hunt.debug(&ask);
    let Answer::Response(response) = hunt.send(host, ask.request()) else { panic!("no claims") };
    hunt.debug(&ask.answer(&response));
    let ask = client.userinfo(&tokens).unwrap();
    let other = Response { body: br#"{"sub":"somebody else"}"#.into(), ..response };
    hunt.error(ask.answer(&other).unwrap_err());
    for url in [path::TASKS, path::USERINFO] {
        let mut request = Request::get(url);
        client::resource::authorize(&mut request, &tokens.access_token);
        hunt.debug(&bearer::parse(&request));
        hunt.send(host, &request);
        // In the query, where it must not be.
        hunt.send(
            host,
            &Request::get(format!("{url}?access_token={}", tokens.access_token.expose())),
        );
    }
    for url in [path::INTROSPECT, path::REVOKE] {
        let mut request = world::token_form(WEB, &[("token", tokens.access_token.expose())]);
        request.url = url.into();
        if url == path::INTROSPECT {
            hunt.send(host, &request);
        }
        host.faults.push_back(Fault::Unavailable);
        hunt.send(host, &request);
        host.faults.clear();
    }

    let mut session = Session::new(client.clone(), tokens, host.now);
    host.wait(3600);
    for is_lost in [true, false] {
        let want = session.want(host.now, Duration::ZERO);
        hunt.debug(&want);
        hunt.debug(&session);
        let Want::Send(ask) = want else { panic!("{want:?}") };
        let ask = ask.unsigned().unwrap();
        let Answer::Response(response) = hunt.send(host, ask.request()) else {
            panic!("no answer")
        };
        let told = TokenResponse::parse(&response.body).unwrap();
        hunt.secret("the next access token", told.access_token.expose());
        hunt.secret("the next refresh token", told.refresh_token.unwrap().expose());
        let told = if is_lost {
            session.lost(&ask, Delivery::Unknown, host.now)
        } else {
            session.answer(ask, &response, host.now)
        };
        if let Err(error) = told {
            hunt.error(error);
        }
    }
    hunt.debug(&session);
    hunt.debug(&session.want(host.now, Duration::ZERO));
    let ask = client.refresh(session.tokens().clone(), client::Renewal::default());
    hunt.debug(&ask);
    let Ok(Outgoing::Send(ask)) = ask else { panic!("nothing to refresh with") };
    let refused = Response {
        status: 400,
        headers: Headers::new(),
        body: br#"{"error":"invalid_grant"}"#.into(),
    };
    hunt.debug(&ask.answer(&refused, host.now));
    let farewell = Farewell { page: world::BYE, state: Some(&marks.state) };
    hunt.debug(&farewell);
    let url = client.logout(session.tokens(), Some(farewell)).unwrap();
    hunt.browse(host, &mut cookie.clone(), Request::get(&url));
    hunt.browse(host, cookie, Request::get(url.replace("id_token_hint=", "id_token_hint=x")));
    let revoke = client.revoke(session.tokens()).unwrap();
    hunt.debug(&revoke);
    let ask = revoke.unsigned().unwrap();
    hunt.send(host, ask.request());
    hunt.error(ask.answer(&refused).unwrap_err());
    let asked = LogoutRequest {
        id_token_hint: Some(id_token),
        client_id: Some(WEB.into()),
        post_logout_redirect_uri: None,
        state: Some(marks.state.clone()),
    };
    hunt.debug(&asked);
}

/// Apps introduce themselves, over HTTP and on the page.
fn register(hunt: &mut Hunt, host: &mut Host, cookie: &mut Option<String>) {
    let asked = ClientMetadata {
        redirect_uris: vec![CALLBACK.into()],
        token_endpoint_auth_method: Some(AuthMethod::ClientSecretBasic),
        ..ClientMetadata::default()
    };
    hunt.debug(&asked);
    let server = discovered(hunt, host, "none", Credentials::Public);
    let metadata = host.send(&Request::get(path::OPENID_CONFIGURATION)).text();
    let metadata = grantflow::wire::discovery::ServerMetadata::parse(metadata.as_bytes()).unwrap();
    hunt.debug(&metadata);
    hunt.debug(&server);
    let initial = Secret::new(INITIAL);
    let ask = AwaitingRegistration::of(asked.clone(), &metadata, Some(&initial)).unwrap();
    hunt.debug(&ask);
    let Answer::Response(response) = hunt.send(host, ask.request()) else { panic!("no answer") };
    let told = ClientInformation::parse(&response.body).unwrap();
    hunt.secret("a new client's secret", told.client_secret.as_ref().unwrap().expose());
    hunt.secret("a token to manage it", told.registration_access_token.as_ref().unwrap().expose());
    hunt.debug(&told);
    let changed = String::from_utf8_lossy(&response.body).replace(CALLBACK, "https://app.test/x");
    let changed = Response { body: changed.into_bytes(), ..response.clone() };
    let again = AwaitingRegistration::of(asked.clone(), &metadata, Some(&initial)).unwrap();
    let error: RegisterError = again.answer(&changed).unwrap_err();
    hunt.debug(&error);
    hunt.error(error);
    let known = ask.answer(&response).unwrap();
    hunt.debug(&known);
    hunt.debug(&known.profile(CALLBACK, None));
    for ask in [known.read(), known.change(asked)].into_iter().flatten() {
        hunt.debug(&ask);
        hunt.send(host, ask.request());
    }
    let ask = known.remove().unwrap();
    hunt.debug(&ask);
    hunt.send(host, ask.request());

    *cookie = None;
    let page = hunt.browse(host, cookie, Request::get(path::DEVELOPER));
    let login = world::login_form(&world::interaction(&page).unwrap());
    hunt.browse(host, cookie, login);
    let page = hunt.browse(host, cookie, Request::get(path::DEVELOPER));
    let interaction = world::interaction(&page).unwrap();
    let create = [
        ("interaction", &*interaction),
        ("action", "create"),
        ("name", "Mine"),
        ("redirect_uris", "https://mine.test/cb https://mine.test/cb/"),
        ("kind", "confidential"),
    ];
    let page = hunt.browse(host, cookie, world::own_form(path::DEVELOPER, &create));
    let Answer::Page(show) = page else { panic!("{page:?}") };
    let grantflow::server::Page::Registered(page) = show.page else { panic!("{show:?}") };
    hunt.secret("a developer's secret", page.client_secret.unwrap().expose());
    let client_id = &*page.app.client_id;
    let rotate = [("interaction", &*interaction), ("action", "rotate"), ("client_id", client_id)];
    let page = hunt.browse(host, cookie, world::own_form(path::DEVELOPER, &rotate));
    let Answer::Page(show) = page else { panic!("{page:?}") };
    let grantflow::server::Page::Registered(page) = show.page else { panic!("{show:?}") };
    hunt.secret("a secret made anew", page.client_secret.unwrap().expose());
    let page = hunt.browse(host, cookie, Request::get(path::DEVELOPER));
    let interaction = world::interaction(&page).unwrap();
    let create = [("interaction", &*interaction), ("action", "create"), ("redirect_uris", "x")];
    hunt.browse(host, cookie, world::own_form(path::DEVELOPER, &create));
    hunt.browse(host, cookie, Request::get(path::LOGOUT));
    // Nobody vouches for this one, so no browser is sent back to it at once.
    let more = [("state", SECRET), ("response_type", "token")];
    let query = world::query(world::OPEN, CALLBACK, &more);
    hunt.browse(host, cookie, Request::get(format!("{}?{query}", path::AUTHORIZE)));
}

/// A client proves itself with a key, and has its tokens bound to another.
fn prove(hunt: &mut Hunt, host: &mut Host) {
    let key = PrivateKey { alg: Algorithm::Es256, kid: "quick-ES256".into() };
    let client = discovered(hunt, host, KEYED, Credentials::PrivateKey(key));
    let bound = public_jwk(&quick_key(Algorithm::EdDsa));
    let bound = client.profile().clone().bound_to(ProofKey::parse(&bound, true).unwrap());
    let ask = bound.discover();
    let Answer::Response(metadata) = hunt.send(host, ask.request()) else { panic!("no metadata") };
    let client = ask.answer(&metadata).unwrap();
    let mut cookie = None;
    let redirect =
        client.login(Seed::new([9; 32]), Asked::of(ScopeSet::parse("openid").unwrap()), host.now);
    let back = world::agree(host, &mut cookie, &redirect.url).unwrap();
    let turn = redirect.login.accept(&client, &back, host.now).unwrap().finish();
    hunt.debug(&turn);
    let client::Turn::Sign(ask) = turn else { panic!("{turn:?}") };
    let ask = ask.assertion(&Entropy::new([8; 32]), host.now);
    hunt.debug(&ask);
    let signature = (host.signer.sign)("quick-ES256", ask.input().as_bytes());
    hunt.secret("a signature", &signature);
    hunt.secret("a statement", jws::assemble(ask.input(), &signature));
    let turn = ask.answer(&signature);
    hunt.debug(&turn);
    let client::Turn::Prove(ask) = turn else { panic!("{turn:?}") };
    let ask = ask.proof(&Entropy::new([7; 32]), host.now);
    hunt.debug(&ask);
    let signature = (host.signer.sign)("quick-EdDSA", ask.input().as_bytes());
    hunt.secret("a signature", &signature);
    hunt.secret("a proof", jws::assemble(ask.input(), &signature));
    let client::Turn::Send(ask) = ask.answer(&signature) else { panic!("nothing to send") };
    hunt.debug(&ask);
    let answer = hunt.send(host, ask.request());
    assert_eq!(answer.status(), 200, "{}", answer.text());
    // And once more, which is a replay.
    hunt.send(host, ask.request());
    let exchange = Outgoing::Send(());
    hunt.debug(&exchange);
}

/// What is said, by itself.
fn say(hunt: &mut Hunt, marks: &Marks, host: &Host) {
    let writer = host.store.values().find_map(|found| match found.record {
        Record::Assertion { writer, .. } => Some(writer),
        _ => None,
    });
    let state = marks.state.as_str();
    let secret = Secret::new(state);
    hunt.debug(&secret);
    hunt.debug(&Callback { state: Some(state.into()), iss: None, answer: Ok(secret.clone()) });
    let query = AuthorizationRequest {
        client_id: WEB,
        redirect_uri: CALLBACK,
        scope: "openid",
        state: Some(state),
        nonce: Some(state),
        code_challenge: Some(CHALLENGE),
        prompt: None,
        max_age: None,
        login_hint: Some(state),
        response_mode: None,
        resources: &[],
        id_token_hint: Some(&secret),
        claims: None,
    };
    hunt.debug(&query);
    hunt.debug(&TokenRequest::AuthorizationCode {
        code: &secret,
        redirect_uri: CALLBACK,
        code_verifier: Some(&secret),
        resource: None,
    });
    hunt.debug(&TokenRequest::RefreshToken { refresh_token: &secret, scope: None, resource: None });
    hunt.debug(&Challenge::of(state));
    hunt.debug(&credentials::parse_basic(&credentials::basic(WEB, &secret)));
    hunt.debug(&Headers::new().with("authorization", state.to_owned()));
    hunt.debug(&Request {
        method: Method::Get,
        ..Request::form(format!("/?state={}", form::encode(state)), state)
    });
    hunt.debug(&Assertion::parse(br#"{"iss":"a","sub":"a","aud":"b","exp":1,"jti":"j"}"#));
    let access =
        br#"{"iss":"a","sub":"a","aud":"b","client_id":"c","exp":1,"iat":1,"jti":"j","scope":"s"}"#;
    hunt.debug(&AccessClaims::parse(access));
    let proof = Said {
        jti: "j",
        htm: "POST",
        url: ISSUER,
        iat: BEGINNING,
        access_token: Some(&secret),
        nonce: None,
    };
    let key = quick_key(Algorithm::Es256);
    let text = proof.signing_input(key.alg, &public_jwk(&key));
    hunt.debug(&proof);
    hunt.debug(&ProofKey::parse(&public_jwk(&key), true));
    let (method, url) = ("GET", ISSUER);
    hunt.debug(&Use { method, url, access_token: Some(&secret), nonce: None });
    hunt.debug(&Proof::parse(&format!("{text}.AA")));
    hunt.debug(&key.thumbprint());
    hunt.debug(&ClaimsRequest::parse(r#"{"userinfo":{"name":{"essential":true}}}"#));
    hunt.debug(&ErrorBody::parse(br#"{"error":"e"}"#));
    hunt.debug(&ResourceMetadata::parse(br#"{"resource":"https://a.test/"}"#));
    hunt.debug(&Redemption {
        client_id: WEB.into(),
        is_confidential: true,
        redirect_uri: CALLBACK.into(),
        code_verifier: Some(secret.clone()),
        until: BEGINNING,
        writer: writer.unwrap(),
    });
    let [mut said, ..] = world::declarations();
    said.metadata.redirect_uris = vec!["x".into()];
    hunt.debug(&grantflow::server::Client::declare(&said, BEGINNING));
    for kind in stored::KINDS {
        hunt.secret("something sealed", stored::seal(&SEALING, kind, state.as_bytes()));
    }
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn no_secret_is_printed_by_anything(marks in marks()) {
        tell(&marks).end();
    }
}

#[test]
fn a_secret_that_is_printed_is_found() {
    for print in [
        |hunt: &mut Hunt| hunt.debug(&"it is wonderland"),
        |hunt: &mut Hunt| hunt.debug(&PASSWORD.as_bytes().to_vec()),
        |hunt: &mut Hunt| hunt.debug(&base64url::encode(PASSWORD)),
    ] {
        let mut hunt = told();
        print(&mut hunt);
        assert!(std::panic::catch_unwind(|| hunt.end()).is_err());
    }
}

fn told() -> Hunt {
    tell(&Marks {
        seed: [0xa1; 32],
        record_key: [0xa2; 32],
        entropy: [0xa3; 32],
        wrong_password: "wrong-password".into(),
        state: "state of the app".into(),
    })
}

/// Types that hold text, and none that anybody keeps to themselves: the parts of a URI that is known,
/// and a row of a table that is printed in the docs.
const PUBLIC: [&str; 4] = ["Group", "Help", "Parts", "Transition"];

#[test]
fn every_public_type_that_holds_text_was_printed() {
    let hunt = told();
    let words = hunt.words();
    let mut missing = Vec::new();
    for (name, shown) in types_with_text() {
        if !shown.iter().any(|word| words.contains(word.as_str())) && !PUBLIC.contains(&&*name) {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "never printed: {missing:?}");
}
