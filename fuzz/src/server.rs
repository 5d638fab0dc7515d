//! A server under requests of every kind, in any order, while its host stumbles.

use std::collections::BTreeSet;

use grantflow::server::{Page, path};
use grantflow::wire::assertion::{self, Assertion};
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Method, Request};
use grantflow::wire::jws;

use super::host::{Answer, BEGINNING, Fault, Host, QUICK, quick_key};
use super::judge::{judge, posts_to};
use super::tape::Tape;
use super::world::{
    self, API, BYE, CALLBACK, CHALLENGE, CLIENTS, INITIAL, ISSUER, KEYED, LOOPBACK, SCHEME, SECRET,
    TENANT, VERIFIER,
};

/// Most questions that any request may ask.
pub const MOST_TURNS: usize = 100;

/// Whoever sends requests, and what they have got hold of.
struct Story {
    host: Host,
    cookie: Option<String>,
    /// Interactions of pages, oldest first; and so on.
    forms: Vec<String>,
    links: Vec<String>,
    codes: Vec<String>,
    access: Vec<String>,
    refresh: Vec<String>,
    ids: Vec<String>,
    registered: Vec<(String, String)>,
    /// Codes that bought something.
    spent: BTreeSet<String>,
    asked: usize,
    answers: Vec<Answer>,
}

/// A story of requests.
pub fn server(bytes: &[u8]) {
    told(bytes);
}

/// The answers of a story.
pub fn told(bytes: &[u8]) -> Vec<Answer> {
    let mut tape = Tape::new(bytes);
    let mut story = Story {
        host: world::host(usize::from(tape.byte())),
        cookie: None,
        forms: Vec::new(),
        links: Vec::new(),
        codes: Vec::new(),
        access: Vec::new(),
        refresh: Vec::new(),
        ids: Vec::new(),
        registered: Vec::new(),
        spent: BTreeSet::new(),
        asked: 0,
        answers: Vec::new(),
    };
    while !tape.is_done() && story.asked < 64 {
        story.asked += 1;
        story.act(&mut tape);
    }
    story.answers
}

impl Story {
    fn act(&mut self, tape: &mut Tape<'_>) {
        let request = match tape.below(16) {
            0 | 1 => authorize(tape, &self.ids),
            2 => self.login_form(tape),
            3 => self.consent_form(tape),
            4 => {
                let Some(link) = tape.latest(&self.links) else { return };
                Request::get(link)
            }
            5 => self.redeem(tape),
            6 => self.refresh(tape),
            7 => self.open(tape),
            8 => self.own_token(tape),
            9 => self.sign_out(tape),
            10 => self.register(tape),
            11 => self.developer_form(tape),
            12 => anything(tape),
            13 => {
                let waits = [1, 59, 60, 599, 600, 3600, 12 * 3600, 90 * 86_400, u64::MAX];
                match tape.below(10) {
                    9 => self.host.now = BEGINNING,
                    at => self.host.wait(waits[at]),
                }
                return;
            }
            14 => {
                for _ in 0..tape.below(8) {
                    self.host.faults.push_back(*tape.pick(&Fault::ALL));
                }
                return;
            }
            _ => {
                match tape.below(3) {
                    0 => self.cookie = None,
                    1 => self.cookie = Some(format!("{}={}", world::COOKIE, tape.text())),
                    _ => self.host.claims = Some(tape.text()).filter(|text| !text.is_empty()),
                }
                return;
            }
        };
        let request = dressed(request, tape);
        self.ask(&request);
    }

    fn login_form(&self, tape: &mut Tape<'_>) -> Request {
        let interaction = self.form(tape);
        let username = *tape.pick(&["alice", "mallory", "alice", "nobody"]);
        let password = *tape.pick(&[super::host::PASSWORD, super::host::PASSWORD, "wrong", ""]);
        let fields =
            [("interaction", &*interaction), ("username", username), ("password", password)];
        world::own_form(path::LOGIN, &fields)
    }

    fn consent_form(&self, tape: &mut Tape<'_>) -> Request {
        let interaction = self.form(tape);
        let decision = *tape.pick(&["approve", "approve", "deny", "perhaps"]);
        let mut fields = vec![("interaction", &*interaction), ("decision", decision)];
        let scopes = ["openid", "profile", "email", "offline_access", "admin"];
        let ticked = !tape.byte();
        fields.extend((0..5).filter(|at| ticked >> at & 1 == 1).map(|at| ("scope", scopes[at])));
        if ticked & 64 == 0 {
            fields.push(("claim", "phone_number"));
        }
        world::own_form(path::CONSENT, &fields)
    }

    fn form(&self, tape: &mut Tape<'_>) -> String {
        tape.latest(&self.forms).unwrap_or_default()
    }

    /// The form of a client, which may be wrong about who it is.
    fn client_form(&self, tape: &mut Tape<'_>, fields: &[(&str, &str)]) -> Request {
        let client_id = *tape.pick(&CLIENTS);
        let mut fields = fields.to_vec();
        let (name, value) = altered(tape);
        if !name.is_empty() {
            fields.retain(|(there, _)| *there != name);
            fields.push((name, &value));
        }
        let statement = statement(tape, self.asked, &self.host);
        if client_id == KEYED {
            fields.push(("client_assertion_type", assertion::TYPE));
            fields.push(("client_assertion", &statement));
        }
        world::token_form(client_id, &fields)
    }

    fn redeem(&self, tape: &mut Tape<'_>) -> Request {
        let code = tape.latest(&self.codes).unwrap_or_else(|| "gfc_x".into());
        let redirect_uri = *tape.pick(&[CALLBACK, TENANT, LOOPBACK, SCHEME]);
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.client_form(tape, &fields)
    }

    fn refresh(&self, tape: &mut Tape<'_>) -> Request {
        let token = tape.latest(&self.refresh).unwrap_or_else(|| "gfr_x".into());
        let own = [("grant_type", "client_credentials"), ("resource", API)];
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
        let is_own = tape.below(4) == 3;
        self.client_form(tape, if is_own { &own } else { &fields })
    }

    /// A token opens something.
    fn open(&self, tape: &mut Tape<'_>) -> Request {
        let url = *tape.pick(&[path::USERINFO, path::TASKS]);
        let token = tape.latest(&self.access).unwrap_or_else(|| tape.text());
        match tape.below(4) {
            0 | 1 => {
                let mut request = Request::get(url);
                request.headers.push("authorization", format!("Bearer {token}"));
                request
            }
            2 => Request::form(url, world::text_of(&[("access_token", &token)])),
            _ => Request::get(format!("{url}?access_token={token}")),
        }
    }

    fn own_token(&self, tape: &mut Tape<'_>) -> Request {
        let tokens = if tape.flag() { &self.refresh } else { &self.access };
        let token = tape.latest(tokens).unwrap_or_default();
        let url = *tape.pick(&[path::INTROSPECT, path::REVOKE]);
        let request = self.client_form(tape, &[("token", &token)]);
        Request { url: url.into(), ..request }
    }

    fn sign_out(&self, tape: &mut Tape<'_>) -> Request {
        let interaction = self.form(tape);
        if tape.flag() {
            return world::own_form(path::LOGOUT, &[("interaction", &interaction)]);
        }
        let hint = tape.latest(&self.ids).unwrap_or_default();
        let client_id = *tape.pick(&CLIENTS);
        let page = *tape.pick(&[BYE, "https://evil.test/", "javascript:alert(1)"]);
        let state = tape.text();
        let fields = [
            ("id_token_hint", &*hint),
            ("client_id", client_id),
            ("post_logout_redirect_uri", page),
            ("state", &state),
        ];
        if tape.flag() {
            Request::form(path::LOGOUT, world::text_of(&fields))
        } else {
            Request::get(format!("{}?{}", path::LOGOUT, world::text_of(&fields)))
        }
    }

    fn register(&self, tape: &mut Tape<'_>) -> Request {
        let body = match tape.below(4) {
            0 => r#"{"redirect_uris":["https://new.test/cb"]}"#.into(),
            1 => r#"{"redirect_uris":["https://new.test/cb"],"token_endpoint_auth_method":"none","scope":"openid"}"#.into(),
            2 => format!(r#"{{"redirect_uris":[{:?}]}}"#, tape.text()),
            _ => tape.text(),
        };
        let json = Headers::new().with("content-type", "application/json");
        let known = tape.latest(&self.registered);
        let (method, url, token, body) = match (known, tape.below(5)) {
            (Some((client_id, token)), at @ 0..3) => {
                let url = format!("{}?client_id={client_id}", path::REGISTER);
                let named = body.replacen('{', &format!("{{\"client_id\":{client_id:?},"), 1);
                ([Method::Get, Method::Put, Method::Delete][at], url, token, named)
            }
            _ => (Method::Post, path::REGISTER.into(), INITIAL.into(), body),
        };
        let headers = json.with("authorization", format!("Bearer {token}"));
        Request { method, url, headers, body: body.into_bytes() }
    }

    fn developer_form(&self, tape: &mut Tape<'_>) -> Request {
        if tape.flag() {
            return Request::get(path::DEVELOPER);
        }
        let interaction = self.form(tape);
        let client_id = self.registered.last().map_or("x", |(client_id, _)| client_id.as_str());
        let action = *tape.pick(&["create", "remove", "other", "rotate"]);
        let name = tape.text();
        let uris = *tape.pick(&["https://mine.test/cb", "http://mine.test", "com.mine:/"]);
        let fields = [
            ("interaction", &*interaction),
            ("action", action),
            ("name", if name.is_empty() { "Mine" } else { &name }),
            ("redirect_uris", uris),
            ("kind", *tape.pick(&["public", "confidential"])),
            ("client_id", client_id),
        ];
        world::own_form(path::DEVELOPER, &fields)
    }

    fn ask(&mut self, request: &Request) {
        let before = self.host.store.clone();
        let is_faulty = !self.host.faults.is_empty();
        let answer = self.host.send(request);
        assert!(self.host.turns <= MOST_TURNS, "{} questions: {request:?}", self.host.turns);
        judge(&before, &self.host.store, request, &answer, is_faulty);
        self.remember(request, &answer, is_faulty);
        self.answers.push(answer);
    }

    /// Takes what an answer gives, and looks whether it was to be had.
    fn remember(&mut self, request: &Request, answer: &Answer, is_faulty: bool) {
        world::keep(&mut self.cookie, answer);
        self.forms.extend(world::interaction(answer));
        if let Some(location) = answer.location() {
            self.follow(location);
        }
        if let Answer::Page(show) = answer {
            match &show.page {
                Page::Leave(page) => self.follow(&page.location.clone()),
                Page::Registered(page) => {
                    self.registered.push((page.app.client_id.clone(), "x".into()));
                }
                _ => {}
            }
        }
        if let Some(action) = posts_to(answer) {
            self.follow(&format!("{action}?{}", super::wire::posted_by(&answer.text())));
        }
        if let Answer::Admitted(_) = answer {
            let header = request.headers.first("authorization").unwrap_or_default();
            let form = Form::parse(&request.body).unwrap_or_default();
            let token = header.split(' ').next_back().filter(|token| !token.is_empty());
            let token = token.unwrap_or_else(|| form.field("access_token"));
            assert!(self.access.iter().any(|there| there == token), "an access token from nowhere");
        }
        if request.path() == path::TOKEN && answer.status() == 200 {
            let form = Form::parse(&request.body).unwrap();
            let code = form.field("code");
            if !code.is_empty() && !is_faulty {
                assert!(self.spent.insert(code.into()), "a code bought tokens twice");
            }
            self.access.extend(answer.member("access_token"));
            self.refresh.extend(answer.member("refresh_token"));
            self.ids.extend(answer.member("id_token"));
        }
        if request.path() == path::REGISTER {
            let id = answer.member("client_id");
            self.registered.extend(id.zip(answer.member("registration_access_token")));
        }
    }

    fn follow(&mut self, location: &str) {
        let query = location.split_once('?').map_or("", |(_, query)| query);
        let form = Form::parse(query.as_bytes()).unwrap_or_default();
        if world::is_own(location) {
            self.links.push(location.into());
        } else if let Ok(Some(code)) = form.one("code") {
            self.codes.push(code.into());
        }
    }
}

/// A parameter to say otherwise; no name is none.
fn altered(tape: &mut Tape<'_>) -> (&'static str, String) {
    const NAMES: [&str; 20] = [
        "",
        "",
        "scope",
        "state",
        "prompt",
        "max_age",
        "claims",
        "resource",
        "response_mode",
        "response_type",
        "nonce",
        "login_hint",
        "code_challenge",
        "code_challenge_method",
        "id_token_hint",
        "redirect_uri",
        "client_id",
        "code_verifier",
        "grant_type",
        "client_secret",
    ];
    const VALUES: [&str; 24] = [
        "",
        "openid",
        "none",
        "login",
        "consent",
        "0",
        "1",
        "18446744073709551615",
        "form_post",
        "query",
        "fragment",
        "S256",
        "plain",
        CHALLENGE,
        API,
        "https://as.test/oauth2/userinfo",
        r#"{"id_token":{"phone_number":null}}"#,
        r#"{"userinfo":{"sub":{"value":"user-alice"}}}"#,
        r#"{"id_token":{"sub":{"value":7}}}"#,
        "https://evil.test/cb",
        "http://127.0.0.1:5/cb",
        "openid offline_access",
        "urn:grantflow:acr:password",
        SECRET,
    ];
    let name = *tape.pick(&NAMES);
    if name.is_empty() {
        return (name, String::new());
    }
    let value = if tape.flag() { tape.text() } else { (*tape.pick(&VALUES)).into() };
    (name, value)
}

fn authorize(tape: &mut Tape<'_>, ids: &[String]) -> Request {
    let client_id = *tape.pick(&CLIENTS);
    let redirect_uri = match client_id {
        world::NATIVE => *tape.pick(&[LOOPBACK, SCHEME, "http://127.0.0.1:51004/cb"]),
        _ => *tape.pick(&[CALLBACK, TENANT]),
    };
    let changes: Vec<_> = (0..tape.below(4)).map(|_| altered(tape)).collect();
    let hint = tape.latest(ids).filter(|_| tape.flag()).unwrap_or_default();
    let mut more: Vec<_> = changes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    more.retain(|(name, _)| !name.is_empty());
    more.push(("id_token_hint", &hint));
    let mut query = world::query(client_id, redirect_uri, &more);
    if tape.below(8) == 7 {
        query += "&state=again";
    }
    if tape.below(4) == 3 {
        Request::form(path::AUTHORIZE, query)
    } else {
        Request::get(format!("{}?{query}", path::AUTHORIZE))
    }
}

/// What the client with a key says of itself.
fn statement(tape: &mut Tape<'_>, asked: usize, host: &Host) -> String {
    let said = Assertion {
        iss: KEYED.into(),
        sub: KEYED.into(),
        aud: vec![ISSUER.into()],
        exp: host.now + std::time::Duration::from_secs(60),
        iat: Some(host.now),
        nbf: None,
        jti: if tape.flag() { "once".into() } else { format!("jti-{asked}") },
    };
    let key = quick_key(grantflow::key::Algorithm::Es256);
    let kid = key.kid.unwrap_or_default();
    let input = jws::signing_input(key.alg, &kid, "JWT", &said.to_json());
    let signature = (QUICK.sign)(&kid, input.as_bytes());
    jws::assemble(&input, &signature)
}

/// Where the server answers, and where it almost does.
pub const PATHS: [&str; 18] = [
    path::AUTHORIZE,
    path::TOKEN,
    path::REVOKE,
    path::INTROSPECT,
    path::REGISTER,
    path::TASKS,
    path::JWKS,
    path::USERINFO,
    path::LOGIN,
    path::CONSENT,
    path::LOGOUT,
    path::DEVELOPER,
    path::OPENID_CONFIGURATION,
    path::SERVER_METADATA,
    "/",
    "//oauth2/token",
    "/.well-known/oauth-protected-resource/api/tasks",
    "/oauth2/authorize/",
];

fn anything(tape: &mut Tape<'_>) -> Request {
    const METHODS: [Method; 7] = [
        Method::Get,
        Method::Post,
        Method::Put,
        Method::Delete,
        Method::Options,
        Method::Other,
        Method::Head,
    ];
    const HEADERS: [&str; 8] = [
        "authorization",
        "cookie",
        "origin",
        "content-type",
        "accept",
        "sec-fetch-site",
        "host",
        "x-forwarded-host",
    ];
    let method = *tape.pick(&METHODS);
    let mut url = String::from(if tape.flag() { ISSUER } else { "" });
    url += *tape.pick(&PATHS);
    if tape.flag() {
        url += "?";
        url += &tape.text();
    }
    let mut headers = Headers::new();
    for _ in 0..tape.below(4) {
        headers.push(*tape.pick(&HEADERS), tape.text());
    }
    if tape.flag() {
        headers.push("content-type", "application/x-www-form-urlencoded");
    }
    Request { method, url, headers, body: tape.bytes().to_vec() }
}

/// As a browser, a script or a program sends it.
fn dressed(mut request: Request, tape: &mut Tape<'_>) -> Request {
    match tape.below(4) {
        0 | 1 => request.headers.push("accept", "text/html"),
        2 => {}
        _ if request.headers.first("origin").is_none() => {
            let origin = *tape.pick(&["https://app.test", "https://evil.test", "null", ISSUER]);
            request.headers.push("origin", origin);
        }
        _ => {}
    }
    request
}
