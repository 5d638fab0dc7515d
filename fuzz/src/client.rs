//! A client under answers of every kind: from its server, from the browser, from an API.

use std::time::Duration;

use grantflow::client::register::RegisterError;
use grantflow::client::session::{Delivery, State, Want};
use grantflow::client::{
    Asked, AwaitingCallback, AwaitingRegistration, Challenge, Client, Credentials, Error, Farewell,
    KnownKeys, Outgoing, PrivateKey, Profile, ProofKey, Registration, Session, Tokens, Turn,
    storage_key_of,
};
use grantflow::client::{AwaitingRefresh, Seed};
use grantflow::entropy::Entropy;
use grantflow::key::Algorithm;
use grantflow::scope::{OPENID, ScopeSet};
use grantflow::secret::Secret;
use grantflow::time::UnixTime;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow::wire::id_token::IdClaims;
use grantflow::wire::json;
use grantflow::wire::jwks::{Jwks, parse_jwk, public_jwk};
use grantflow::wire::jws;
use grantflow::wire::registration::{AuthMethod, ClientMetadata};

use super::host::{BEGINNING, QUICK, quick_key};
use super::tape::Tape;
use super::world::{BYE, CALLBACK, ISSUER, SECRET};

/// What the client is called.
const CLIENT_ID: &str = "app";

/// A story of answers.
pub fn client(bytes: &[u8]) {
    let mut tape = Tape::new(bytes);
    let kind = tape.below(8);
    let credentials = match kind % 4 {
        0 => Credentials::Public,
        1 => Credentials::Basic(Secret::new(SECRET)),
        2 => Credentials::Post(Secret::new(SECRET)),
        _ => Credentials::PrivateKey(PrivateKey { alg: Algorithm::Es256, kid: "mine".into() }),
    };
    register(&mut tape);
    let mut profile = Profile::new(ISSUER, CLIENT_ID, CALLBACK, credentials).unwrap();
    if kind >= 4 {
        let jwk = public_jwk(&quick_key(Algorithm::Es256));
        profile = profile.bound_to(ProofKey::parse(&jwk, false).unwrap());
    }
    let client = discover(&mut tape, profile);
    let Some(tokens) = login(&mut tape, &client) else { return };
    leave(&mut tape, &client, &tokens);
    stay(&mut tape, client, tokens);
}

/// An answer like `body`, or one that a broken or hostile server gives.
fn answer(tape: &mut Tape<'_>, status: u16, body: String) -> Response {
    const STATUSES: [u16; 10] = [0, 200, 201, 204, 302, 400, 401, 403, 429, 503];
    let mut response = Response {
        status,
        headers: Headers::new().with("content-type", "application/json"),
        body: body.into_bytes(),
    };
    let kind = tape.byte();
    if kind & 1 == 1 {
        response.status = *tape.pick(&STATUSES);
    }
    if kind & 2 == 2 {
        response.headers = Headers::new();
        for _ in 0..tape.below(3) {
            let names =
                ["content-type", "www-authenticate", "retry-after", "location", "dpop-nonce"];
            response.headers.push(*tape.pick(&names), tape.text());
        }
    }
    if kind & 4 == 4 {
        spoil(&mut response.body, tape);
    }
    if kind & 8 == 8 {
        response.body = tape.bytes().to_vec();
    }
    response
}

/// Puts something in the place of a part of the text.
fn spoil(text: &mut Vec<u8>, tape: &mut Tape<'_>) {
    let at = (usize::from(tape.byte()) << 8 | usize::from(tape.byte())) % (text.len() + 1);
    let end = (at + usize::from(tape.byte())).min(text.len());
    text.splice(at..end, tape.bytes().iter().copied());
}

fn metadata() -> ServerMetadata {
    let below = |path: &str| format!("{ISSUER}{path}");
    ServerMetadata {
        authorization_endpoint: below("/authorize"),
        token_endpoint: below("/token"),
        jwks_uri: Some(below("/jwks")),
        userinfo_endpoint: Some(below("/userinfo")),
        end_session_endpoint: Some(below("/logout")),
        revocation_endpoint: Some(below("/revoke")),
        registration_endpoint: Some(below("/register")),
        id_token_signing_alg_values_supported: Algorithm::ALL.map(|alg| alg.name().into()).into(),
        authorization_response_iss_parameter_supported: true,
        dpop_signing_alg_values_supported: vec!["ES256".into()],
        ..ServerMetadata::new(ISSUER)
    }
}

/// Every request goes where it is safe, and a secret nowhere but to the server's own endpoints.
fn is_sent(request: &Request, secrets: &[&str]) {
    super::differ::is_where_a_browser_may_go(&request.url);
    let body = String::from_utf8_lossy(&request.body);
    for secret in secrets {
        assert!(!request.url.contains(secret), "a secret in {}", request.url);
        let is_posted = body.contains(secret);
        assert!(!is_posted || request.is_form(), "{request:?}");
    }
    for (name, value) in request.headers.iter() {
        assert!(value.bytes().all(|b| matches!(b, 0x20..=0x7e)), "{name}: {value:?}");
    }
}

fn discover(tape: &mut Tape<'_>, profile: Profile) -> Client {
    let ask = profile.clone().discover();
    is_sent(ask.request(), &[]);
    let response = answer(tape, 200, metadata().to_json());
    match ask.answer(&response) {
        Ok(client) => client,
        Err(error) => {
            tell(&error.into());
            Client::new(profile, metadata()).unwrap()
        }
    }
}

/// Every error has a name, a remedy and a leg.
fn tell(error: &Error) {
    assert!(!error.code().is_empty() && error.to_string() == error.code());
    assert!(!error.stage().as_str().is_empty() && !error.remedy().as_str().is_empty());
    if let Some(body) = error.oauth() {
        assert!(body.error.bytes().all(|b| b.is_ascii_graphic()));
    }
    let _: Option<&str> = error.subject();
}

fn register(tape: &mut Tape<'_>) {
    if !tape.flag() {
        return;
    }
    let asked = ClientMetadata {
        redirect_uris: vec![CALLBACK.into()],
        token_endpoint_auth_method: Some(AuthMethod::ClientSecretBasic),
        ..ClientMetadata::default()
    };
    let ask = AwaitingRegistration::of(asked, &metadata(), Some(&Secret::new("initial"))).unwrap();
    is_sent(ask.request(), &["initial"]);
    let told = r#"{"client_id":"c1","client_secret":"s","client_secret_expires_at":0,"registration_access_token":"rat","registration_client_uri":"https://as.test/register?client_id=c1","redirect_uris":["https://app.test/cb"],"token_endpoint_auth_method":"client_secret_basic"}"#;
    let known = match ask.answer(&answer(tape, 201, told.into())) {
        Ok(known) => known,
        Err(error) => {
            let kept = match &error {
                RegisterError::Changed(_, kept) => Some((**kept).clone()),
                _ => None,
            };
            tell(&error.into());
            let Some(kept) = kept else { return };
            kept
        }
    };
    manage(tape, &known);
}

fn manage(tape: &mut Tape<'_>, known: &Registration) {
    let _: Result<Profile, _> = known.profile(CALLBACK, None);
    let asked = known.information.metadata.clone();
    for ask in [known.read(), known.change(asked)].into_iter().flatten() {
        is_sent(ask.request(), &[]);
        let told = known.information.to_json();
        if let Err(error) = ask.answer(&answer(tape, 200, told)) {
            tell(&error.into());
        }
    }
    if let Some(ask) = known.remove() {
        is_sent(ask.request(), &[]);
        let _: Result<(), _> = ask.answer(&answer(tape, 204, String::new()));
    }
}

fn login(tape: &mut Tape<'_>, client: &Client) -> Option<Tokens> {
    let now = BEGINNING;
    let scope = *tape.pick(&["openid profile", "openid offline_access", "tasks"]);
    let asked = Asked {
        max_age: tape.flag().then_some(Duration::from_secs(60)),
        ..Asked::of(ScopeSet::parse(scope).unwrap())
    };
    let redirect = client.login(Seed::new([tape.byte(); 32]), asked, now);
    super::differ::is_where_a_browser_may_go(&redirect.url);
    let sent = Form::parse(redirect.url.split_once('?')?.1.as_bytes()).unwrap();
    let (state, nonce) = (sent.field("state").to_owned(), sent.field("nonce").to_owned());
    let record = redirect.login.encode();
    assert!(!record.contains(&state) && !redirect.url.contains(&record));
    let mut login = AwaitingCallback::decode(&record).unwrap();
    let good = format!("code=c0de&state={state}&iss=https%3A%2F%2Fas.test");
    let mut query = good.clone().into_bytes();
    if tape.flag() {
        spoil(&mut query, tape);
    }
    let later = now + Duration::from_secs(u64::from(tape.byte()) * 8);
    let query = String::from_utf8_lossy(&query).into_owned();
    let _: Result<Option<String>, _> = storage_key_of(&query);
    let accepted = match login.accept(client, &query, later) {
        Ok(accepted) => accepted,
        Err(unaccepted) => {
            // Who does not know `state` ends nothing.
            if query == good {
                assert!(later >= now + Duration::from_secs(900), "{:?}", unaccepted.error);
            }
            tell(&unaccepted.error.into());
            login = unaccepted.kept?;
            login.accept(client, &good, now).ok()?
        }
    };
    finish(tape, accepted.finish(), later, &nonce, scope)
}

fn finish(
    tape: &mut Tape<'_>,
    mut turn: Turn,
    now: UnixTime,
    nonce: &str,
    scope: &str,
) -> Option<Tokens> {
    let mut known = KnownKeys::new();
    let mut is_proved = false;
    let mut proofs = 0;
    for _ in 0..16 {
        turn = match turn {
            Turn::Send(ask) => {
                let request = ask.request().clone();
                is_sent(&request, &["c0de", SECRET]);
                let body = if request.is_form() {
                    token_body(tape, nonce, now)
                } else {
                    assert!(
                        request.headers.first("authorization").is_none() && request.body.is_empty()
                    );
                    keys()
                };
                let response = answer(tape, 200, body);
                match ask.answer(&response, &mut known, now) {
                    Ok(turn) => turn,
                    Err(error) => {
                        tell(&error);
                        return None;
                    }
                }
            }
            Turn::Sign(ask) => {
                let ask = ask.assertion(&Entropy::new([tape.byte(); 32]), now);
                assert!(!ask.input().is_empty() && ask.key().kid == "mine");
                ask.answer(b"signature of mine")
            }
            Turn::Prove(ask) => {
                proofs += 1;
                assert!(proofs <= 2, "a nonce is put in once");
                let ask = ask.proof(&Entropy::new([tape.byte(); 32]), now);
                assert!(!ask.input().is_empty() && ask.key().alg() == Algorithm::Es256);
                ask.answer(b"signature of the key")
            }
            Turn::Verify(ask) => {
                let is_good = is_signed(ask.jwk(), ask.input(), ask.signature());
                is_proved |= is_good;
                match ask.answer(is_good) {
                    Ok(turn) => turn,
                    Err(error) => {
                        assert!(!is_good);
                        tell(&error);
                        return None;
                    }
                }
            }
            Turn::Done(tokens) => {
                judge(&tokens, is_proved, nonce, now, scope);
                return Some(*tokens);
            }
        };
    }
    panic!("the login goes on for ever");
}

/// Tokens come of a proof, and are what was proved.
fn judge(tokens: &Tokens, is_proved: bool, nonce: &str, now: UnixTime, scope: &str) {
    let is_asked = scope.contains(OPENID);
    assert_eq!(tokens.identity.is_some(), is_asked);
    assert_eq!(is_proved, is_asked);
    assert!(!tokens.access_token.expose().is_empty());
    assert_eq!(tokens.issuer, ISSUER);
    let Some(identity) = &tokens.identity else { return };
    let claims = IdClaims::parse(identity.claims.expose().as_bytes()).unwrap();
    assert_eq!((&*identity.iss, &identity.sub), (ISSUER, &claims.sub));
    assert_eq!(claims.iss, ISSUER);
    assert!(claims.aud.iter().all(|aud| aud == CLIENT_ID) && !claims.aud.is_empty());
    assert!(claims.azp.is_none_or(|azp| azp == CLIENT_ID));
    assert_eq!(claims.nonce.as_deref(), Some(nonce));
    assert!(now < claims.exp + Duration::from_secs(60));
    assert!(claims.iat <= now + Duration::from_secs(60));
}

fn keys() -> String {
    Jwks { keys: Algorithm::ALL.map(quick_key).into() }.to_json()
}

fn is_signed(jwk: &str, input: &str, signature: &[u8]) -> bool {
    let key = parse_jwk(json::parse_object(jwk.as_bytes()).unwrap()).unwrap().unwrap();
    let known = Algorithm::ALL.map(quick_key);
    known.contains(&key) && (QUICK.is_signed)(&key, input.as_bytes(), signature)
}

/// The answer to a code, whose ID token may be wrong and is signed all the same.
fn token_body(tape: &mut Tape<'_>, nonce: &str, now: UnixTime) -> String {
    let alg = *tape.pick(&Algorithm::ALL);
    let claims = IdClaims {
        iss: ISSUER.into(),
        sub: "alice".into(),
        aud: vec![CLIENT_ID.into()],
        azp: None,
        exp: now + Duration::from_secs(300),
        iat: now,
        nonce: Some(nonce.into()),
        at_hash: None,
        auth_time: Some(now),
        text: String::new(),
    };
    let mut payload = claims.to_json().into_bytes();
    if tape.below(4) == 3 {
        spoil(&mut payload, tape);
    }
    let key = quick_key(alg);
    let kid = key.kid.unwrap_or_default();
    let input = jws::signing_input(alg, &kid, "JWT", &String::from_utf8_lossy(&payload));
    let mut signature = (QUICK.sign)(&kid, input.as_bytes());
    if tape.below(4) == 3 {
        spoil(&mut signature, tape);
    }
    let id_token = jws::assemble(&input, &signature);
    format!(
        r#"{{"access_token":"at","token_type":"Bearer","expires_in":60,"refresh_token":"rt","id_token":"{id_token}"}}"#
    )
}

fn leave(tape: &mut Tape<'_>, client: &Client, tokens: &Tokens) {
    if let Some(ask) = client.userinfo(tokens) {
        is_sent(ask.request(), &[SECRET, "rt"]);
        let sub = tokens.identity.as_ref().map_or("", |identity| &identity.sub);
        let body = json::Writer::object().string("sub", sub).string("name", "A").finish();
        match ask.answer(&answer(tape, 200, body)) {
            Ok(claims) => {
                let claims = json::parse_object(claims.expose().as_bytes()).unwrap();
                let about = claims.get("sub").and_then(json::Value::string);
                assert_eq!(about.as_deref(), Some(sub), "claims about somebody else");
            }
            Err(error) => tell(&error.into()),
        }
    }
    let refused = answer(tape, 401, "{}".into());
    if let Some(challenge) = Challenge::of(&refused)
        && let Some(more) = Asked::more(tokens, &challenge)
    {
        assert!(tokens.granted.is_within(&more.scope) || more.scope.iter().count() == 50);
    }
    let state = tape.text();
    let farewell = Farewell { page: BYE, state: Some(&state) };
    if let Some(url) = client.logout(tokens, Some(farewell)) {
        // A hint makes it longer than any other URL of ours.
        assert!(url.is_ascii() && url.starts_with("http"), "{url}");
    }
    let _: bool = farewell.is_over(&tape.text());
    if let Some(ask) = client.revoke(tokens) {
        let ask = ready(ask);
        is_sent(ask.request(), &[SECRET]);
        if let Err(error) = ask.answer(&answer(tape, 200, String::new())) {
            tell(&error.into());
        }
    }
}

fn ready<T>(outgoing: Outgoing<T>) -> T {
    let random = Entropy::new([1; 32]);
    match outgoing {
        Outgoing::Send(ask) => ask,
        Outgoing::Sign(ask) => ready(ask.assertion(&random, BEGINNING).answer(b"mine")),
        Outgoing::Prove(ask) => ask.proof(&random, BEGINNING).answer(b"the key's"),
    }
}

/// The life of a session: it ends only because the server says so, or because nothing is left.
fn stay(tape: &mut Tape<'_>, client: Client, tokens: Tokens) {
    let mut now = BEGINNING;
    let mut session = Session::new(client, tokens, now);
    let mut sent: Vec<AwaitingRefresh> = Vec::new();
    for _ in 0..32 {
        if tape.is_done() {
            break;
        }
        let was_over = matches!(session.state(), State::Ended(_));
        match tape.below(8) {
            0 | 1 => match session.want(now, Duration::from_secs(u64::from(tape.byte()))) {
                Want::Use(token) => {
                    assert!(!was_over && session.tokens().access_token == token);
                    assert!(session.tokens().expires_at.is_none_or(|end| now < end));
                }
                Want::Send(ask) => {
                    assert!(!was_over);
                    if tape.flag() {
                        let ask = ready(*ask);
                        is_sent(ask.request(), &[SECRET, "rt"]);
                        sent.push(ask);
                    } else {
                        session.give_back(*ask);
                    }
                }
                Want::Wait(until) => assert!(!was_over && now < until),
                Want::SignIn(_) => assert!(matches!(session.state(), State::Ended(_))),
            },
            2 | 3 => {
                let Some(ask) = sent.pop() else { continue };
                let body = r#"{"access_token":"at2","token_type":"Bearer","expires_in":60,"refresh_token":"rt2"}"#;
                let response = answer(tape, 200, body.into());
                match ask.again(&response) {
                    Ok(again) if tape.flag() => {
                        let ask = ready(again);
                        is_sent(ask.request(), &[SECRET, "rt"]);
                        assert!(ask.again(&response).is_err(), "a nonce is put in once");
                    }
                    Ok(again) => session.give_back(again),
                    Err(ask) => {
                        if let Err(error) = session.answer(*ask, &response, now) {
                            tell(&error);
                        }
                    }
                }
            }
            4 => {
                let Some(ask) = sent.pop() else { continue };
                let delivery = if tape.flag() { Delivery::NotSent } else { Delivery::Unknown };
                let _: Result<(), _> = session.lost(&ask, delivery, now);
                assert_eq!(matches!(session.state(), State::Ended(_)), was_over);
            }
            5 => now = now + Duration::from_secs(1 << (tape.byte() % 16)),
            6 => now = BEGINNING,
            _ => session.refuse(&Secret::new(*tape.pick(&["at", "at2", "x"]))),
        }
        if was_over {
            assert!(matches!(session.state(), State::Ended(_)), "an ended session goes on");
        }
        assert!(!session.tokens().access_token.expose().is_empty());
    }
}
