//! 4. The client: forged callbacks, mix-up, sessions.

use grantflow::client::{
    Asked, AwaitingCallback, Client, Credentials, Error, KnownKeys, Profile, Redirect, Seed,
    Tokens, storage_key_of,
};
use grantflow::scope::ScopeSet;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::http::Request;
use grantflow_tests::{CALLBACK, ISSUER, PUBLIC_ID, World, client, json, redirect_parameters};

fn discover(world: &mut World) -> Client {
    let ask = Profile::new(ISSUER, PUBLIC_ID, CALLBACK, Credentials::Public).unwrap().discover();
    let response = world.send(ask.request()).response();
    ask.answer(&response).unwrap()
}

fn begin(world: &World, client: &Client, seed: u8) -> Redirect {
    let asked = Asked::of(ScopeSet::parse("openid").unwrap());
    client.login(Seed::new([seed; 32]), asked, world.now)
}

/// Where Alice's browser is sent back to.
fn approve(world: &mut World, url: &str) -> String {
    let page = world.visit(url.split_once('?').unwrap().1).consent();
    let response = world.decide(&page.interaction, "approve", &["openid"]).response();
    assert!(redirect_parameters(&response).one("code").unwrap().is_some());
    response.headers.first("location").unwrap().into()
}

/// Finishes a login, and counts what is sent for it.
fn finish(
    world: &mut World,
    client: &Client,
    login: AwaitingCallback,
    back: &str,
) -> (Result<Tokens, Error>, Vec<String>) {
    let (now, mut sent) = (world.now, Vec::new());
    let accepted = match login.accept(client, back, now) {
        Ok(accepted) => accepted,
        Err(unaccepted) => return (Err(unaccepted.error.into()), sent),
    };
    let outcome = client::finish(accepted, &mut KnownKeys::new(), now, |request| {
        sent.push(request.url.clone());
        world.send(request).response()
    });
    (outcome, sent)
}

/// What one browser keeps for its logins, under the names that the client gives them.
type Shelf = std::collections::BTreeMap<String, String>;

fn put(shelf: &mut Shelf, login: &AwaitingCallback) {
    shelf.insert(login.storage_key(), login.encode());
}

fn take(shelf: &mut Shelf, back: &str) -> Option<AwaitingCallback> {
    let key = storage_key_of(back).unwrap()?;
    shelf.remove(&key).map(|text| AwaitingCallback::decode(&text).unwrap())
}

#[test]
fn a_61_an_answer_in_another_browser_finds_no_login() {
    let mut world = World::new();
    let client = discover(&mut world);
    let (mut mallorys, mut alices) = (Shelf::new(), Shelf::new());
    let hers = begin(&world, &client, 1);
    put(&mut mallorys, &hers.login);
    // Alice is lured to Mallory's callback; she may even have begun a login of her own.
    put(&mut alices, &begin(&world, &client, 2).login);
    let back = approve(&mut world, &hers.url);
    assert_eq!(take(&mut alices, &back), None);
    let (_, own) = alices.pop_first().unwrap();
    let own = AwaitingCallback::decode(&own).unwrap();
    let (outcome, sent) = finish(&mut world, &client, own, &back);
    assert_eq!((outcome.unwrap_err().code(), sent.len()), ("state_unknown", 0));
}

#[test]
fn a_61_an_answer_in_the_same_browser_finds_its_login() {
    let mut world = World::new();
    let client = discover(&mut world);
    let mut shelf = Shelf::new();
    let login = begin(&world, &client, 1);
    put(&mut shelf, &login.login);
    let back = approve(&mut world, &login.url);
    let login = take(&mut shelf, &back).unwrap();
    assert!(finish(&mut world, &client, login, &back).0.is_ok());
}

#[test]
fn a_62_a_login_is_finished_once_and_its_verifier_is_good_for_no_other() {
    let mut world = World::new();
    let client = discover(&mut world);
    let (one, other) = (begin(&world, &client, 1), begin(&world, &client, 2));
    let (back, other_back) = (approve(&mut world, &one.url), approve(&mut world, &other.url));
    // The code of one with the state of the other: what an attacker who read a callback would try.
    let of = |url: &str, name: &str| {
        let query = url.split_once('?').unwrap().1;
        let form = grantflow::wire::form::Form::parse(query.as_bytes()).unwrap();
        form.field(name).to_owned()
    };
    let mixed = back.replace(&of(&back, "state"), &of(&other_back, "state"));
    let before = world.store.clone();
    let other_login = AwaitingCallback::decode(&other.login.encode()).unwrap();
    let (outcome, _) = finish(&mut world, &client, other_login, &mixed);
    assert_eq!(outcome.unwrap_err().code(), "grant_invalid");
    assert_eq!(world.store, before, "the code is as good as before");

    let mut shelf = Shelf::new();
    put(&mut shelf, &one.login);
    let login = take(&mut shelf, &back).unwrap();
    assert!(finish(&mut world, &client, login, &back).0.is_ok());
    assert_eq!(take(&mut shelf, &back), None, "a second callback finds nothing");
}

#[test]
fn a_62_two_tabs_finish_each_its_own_login() {
    let mut world = World::new();
    let client = discover(&mut world);
    let mut shelf = Shelf::new();
    let tabs = [begin(&world, &client, 1), begin(&world, &client, 2)];
    let backs = tabs.each_ref().map(|tab| approve(&mut world, &tab.url));
    for tab in &tabs {
        put(&mut shelf, &tab.login);
    }
    for back in backs.iter().rev() {
        let login = take(&mut shelf, back).unwrap();
        assert!(finish(&mut world, &client, login, back).0.is_ok());
    }
    assert!(shelf.is_empty());
}

/// A record that waits for the user may lie in a cookie, where others write: it names its server and
/// says nothing else about it. Where the code goes is what the client knows when the user is back.
#[test]
fn a_64_where_a_code_goes_is_never_what_a_record_says() {
    let mut world = World::new();
    let client = discover(&mut world);
    let login = begin(&world, &client, 1);
    let record = login.login.encode();
    let readable = record.split('.').filter_map(grantflow::base64url::decode);
    let readable: Vec<u8> = readable.flatten().collect();
    for endpoint in ["/oauth2/token", "/oauth2/jwks", "/oauth2/authorize"] {
        let endpoint = endpoint.as_bytes();
        assert!(!readable.windows(endpoint.len()).any(|part| part == endpoint));
        assert!(!record.contains("/oauth2/"));
    }
    // A record that was written to name another server is finished by no client of this one.
    let back = approve(&mut world, &login.url);
    let evil = client_of("https://evil.test", |_| {}).unwrap();
    let theirs = evil.login(Seed::new([1; 32]), Asked::of(ScopeSet::default()), world.now).login;
    let (outcome, sent) = finish(&mut world, &client, theirs, &back);
    assert_eq!((outcome.unwrap_err().code(), sent.len()), ("state_unknown", 0));
    // And metadata says whose it is.
    for issuer in ["https://evil.test", "https://as.test/", "http://as.test", "https://AS.test"] {
        let error = client_of(ISSUER, |said| said.issuer = issuer.into()).unwrap_err();
        assert_eq!(error.code(), "issuer_mismatch", "{issuer}");
    }
}

/// The endpoints may have moved while the user was away.
#[test]
fn a_64_the_code_goes_where_the_servers_own_metadata_says() {
    let mut world = World::new();
    let client = discover(&mut world);
    let login = begin(&world, &client, 1);
    let back = approve(&mut world, &login.url);
    let (outcome, sent) = finish(&mut world, &client, login.login, &back);
    assert!(outcome.is_ok());
    assert_eq!(sent, [format!("{ISSUER}/oauth2/token"), format!("{ISSUER}/oauth2/jwks")]);
    let moved = client_of(ISSUER, |said| said.token_endpoint = format!("{ISSUER}/v2/token"));
    let login = begin(&world, &client, 2);
    let back = approve(&mut world, &login.url);
    let (_, sent) = finish(&mut world, &moved.unwrap(), login.login, &back);
    assert_eq!(sent, [format!("{ISSUER}/v2/token")]);
}

/// A client of a server that says these things of itself.
fn client_of(issuer: &str, change: impl FnOnce(&mut ServerMetadata)) -> Result<Client, Error> {
    let about = Request::get(format!("{ISSUER}/.well-known/openid-configuration"));
    let about = json(&World::new().send(&about).response()).to_string();
    let mut said = ServerMetadata::parse(about.replace(ISSUER, issuer).as_bytes()).unwrap();
    change(&mut said);
    let profile = Profile::new(issuer, PUBLIC_ID, CALLBACK, Credentials::Public).unwrap();
    Ok(Client::new(profile, said)?)
}
