//! The guide's flow, through plain HTML forms.

use std::net::TcpListener;

use grantflow::base64url;

use crate::browser::{Browser, after, parameter};
use crate::process::{Reply, Server};

/// `task-board` and its secret, of the example configuration.
pub(crate) const BASIC: (&str, &str) =
    ("authorization", "Basic dGFzay1ib2FyZDphLXNlY3JldC1tYWRlLWJ5LWEtbWFjaGluZS1mb3ItYS1tYWNoaW5l");
pub(crate) const CALLBACK: &str = "http%3A%2F%2F127.0.0.1%3A3000%2Fauth%2Fcallback";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const GUIDE_TASKS: &str = r#"[
  {
    "id": "task-123",
    "title": "Review API documentation",
    "description": "Update the authorization code flow docs",
    "status": "todo",
    "project_id": "proj-456",
    "created_at": "2024-01-15T10:00:00Z",
    "updated_at": "2024-01-15T10:00:00Z"
  }
]"#;

pub(crate) fn authorize(client_id: &str, callback: &str) -> String {
    format!(
        "/oauth2/authorize?response_type=code&client_id={client_id}&redirect_uri={callback}\
         &scope=openid+profile+email&state=s-1&code_challenge={CHALLENGE}\
         &code_challenge_method=S256"
    )
}

pub(crate) fn redemption(code: &str, callback: &str) -> String {
    format!(
        "grant_type=authorization_code&code={code}&redirect_uri={callback}&code_verifier={VERIFIER}"
    )
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[test]
fn the_guide_works_from_the_login_page_to_the_tasks() {
    let server = Server::example();
    let mut ada = Browser::new(&server);

    let login = ada.open(&authorize("task-board", CALLBACK));
    assert!(
        login.body.contains("to go on to <strong><bdi>Task Board</bdi></strong>"),
        "{}",
        login.body
    );
    let wrong = ada.sign_in(&login, "ada", "wrong");
    assert!(wrong.body.contains("Username or password is wrong."), "{}", wrong.body);
    let consent = ada.sign_in(&wrong, "ada", PASSWORD);
    assert!(
        consent.body.contains("<strong><bdi>Task Board</bdi></strong> asks for your permission")
    );

    let back = ada.submit(&consent, "/oauth2/consent", "scope=openid&scope=email&decision=approve");
    assert!(back.header("location").starts_with("http://127.0.0.1:3000/auth/callback?code="));
    assert_eq!(parameter(&back, "state"), "s-1");

    let tokens = server.post("/oauth2/token", &[BASIC], &redemption(code(&back), CALLBACK));
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    assert_eq!(tokens["scope"], "openid email");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["id_token"].as_str().unwrap().split('.').count(), 3);

    let authorization = bearer(tokens["access_token"].as_str().unwrap());
    let tasks = server.get("/api/tasks", &[("authorization", &authorization)]);
    assert_eq!((tasks.status, tasks.body.trim_end()), (200, GUIDE_TASKS));
    assert_eq!(tasks.header("content-type"), "application/json");
    let info = server.get("/oauth2/userinfo", &[("authorization", &authorization)]).json();
    assert_eq!(info["sub"], "ada-1815");
    assert_eq!(info["email"], "ada@example.com");
    assert!(info.get("name").is_none(), "profile was not granted");

    let again = server.post("/oauth2/token", &[BASIC], &redemption(code(&back), CALLBACK));
    assert_eq!((again.status, &again.json()["error"]), (400, &"invalid_grant".into()));
    let dead = server.get("/api/tasks", &[("authorization", &authorization)]);
    assert_eq!(dead.status, 401);
}

fn basic(client_id: &str, secret: &str) -> String {
    let text = base64url::encode(format!("{client_id}:{secret}"));
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    format!("Basic {}{padding}", text.replace('-', "+").replace('_', "/"))
}

fn code(reply: &Reply) -> &str {
    parameter(reply, "code")
}

#[test]
fn saying_no_goes_back_without_a_code() {
    let server = Server::example();
    let mut grace = Browser::new(&server);
    let login = grace.open(&authorize("task-board", CALLBACK));
    let consent = grace.sign_in(&login, "grace", "swordfish");
    let back = grace.submit(&consent, "/oauth2/consent", "decision=deny");
    assert_eq!(parameter(&back, "error"), "access_denied");
    assert_eq!(code(&back), "");
}

#[test]
fn serve_alone_is_enough_to_register_an_app_and_use_it() {
    let mut server = Server::start(&[]);
    let line = server.next_line();
    let password = line.strip_prefix("sign in as demo with the password ").unwrap().trim();
    let mut demo = Browser::new(&server);

    let login = demo.open("/developer");
    let developer = demo.sign_in(&login, "demo", password);
    assert!(developer.body.contains("<h1>Your apps</h1>"), "{}", developer.body);
    let callback = "https%3A%2F%2Fyourapp.com%2Fauth%2Fcallback";
    let fields = format!("action=create&name=My+App&kind=confidential&redirect_uris={callback}");
    let registered = demo.submit(&developer, "/developer", &fields);
    let client_id = after(&registered.body, "id=\"client_id\">").to_owned();
    let secret = after(&registered.body, "id=\"client_secret\">").to_owned();

    let consent = demo.open(&authorize(&client_id, callback));
    let back = demo.submit(&consent, "/oauth2/consent", "scope=openid&decision=approve");
    let form = redemption(code(&back), callback);
    let in_body = format!("{form}&client_id={client_id}&client_secret={secret}");
    let wrong_way = server.post("/oauth2/token", &[], &in_body);
    assert_eq!((wrong_way.status, &wrong_way.json()["error"]), (401, &"invalid_client".into()));
    let basic = basic(&client_id, &secret);
    let tokens = server.post("/oauth2/token", &[("authorization", &basic)], &form).json();
    assert_eq!(tokens["scope"], "openid");

    let page = demo.open("/developer");
    assert!(page.body.contains("My App"));
    assert!(!page.body.contains(&secret));
    let gone = demo.submit(&page, "/developer", &format!("action=remove&client_id={client_id}"));
    assert!(!gone.body.contains("My App"), "{}", gone.body);
}

#[test]
fn an_issuer_with_a_path_has_everything_below_it() {
    // The issuer has to be said before the port is known, so one is taken that is free now.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let issuer = format!("http://127.0.0.1:{port}/tenant");
    let listen = format!("127.0.0.1:{port}");
    let mut server = Server::start(&["--listen", &listen, "--issuer", &issuer]);
    let line = server.next_line();
    let password = line.rsplit(' ').next().unwrap().trim();

    let index = server.get("/tenant/", &[]);
    assert!(index.body.contains("href=\"/tenant/developer\""), "{}", index.body);
    assert_eq!(server.get(after(&index.body, "rel=\"stylesheet\" href=\""), &[]).status, 200);
    let metadata = server.get("/.well-known/oauth-authorization-server/tenant", &[]).json();
    assert_eq!(metadata["issuer"], issuer.as_str());
    assert_eq!(metadata["token_endpoint"], format!("{issuer}/oauth2/token"));
    for path in ["/", "/oauth2/token", "/assets/style.css", "/tenantoauth2/token"] {
        assert_eq!(server.get(path, &[]).status, 404, "{path}");
    }
    assert_eq!(server.get("/healthz", &[]).status, 200);

    let origin = format!("http://127.0.0.1:{port}");
    let mut demo = Browser::at(&server, &origin);
    let login = demo.open("/tenant/developer");
    let fields = format!("username=demo&password={password}");
    let developer = demo.submit(&login, after(&login.body, " action=\""), &fields);
    assert!(developer.body.contains("<h1>Your apps</h1>"), "{}", developer.body);
}

#[test]
fn signing_out_takes_a_button_and_then_nobody_is_signed_in() {
    let server = Server::example();
    let mut ada = Browser::new(&server);
    let login = ada.open("/developer");
    ada.sign_in(&login, "ada", PASSWORD);
    let ask = ada.open("/oauth2/logout");
    assert!(ask.body.contains("Sign out?"), "{}", ask.body);
    let out = ada.submit(&ask, "/oauth2/logout", "");
    assert!(out.body.contains("You are signed out"), "{}", out.body);
    assert!(ada.open("/developer").body.contains("id=\"password\""));
}

#[test]
fn a_127_the_log_names_paths_and_never_a_secret() {
    let server = Server::example();
    let mut ada = Browser::new(&server);
    let login = ada.open(&authorize("task-board", CALLBACK));
    let consent = ada.sign_in(&login, "ada", PASSWORD);
    let back = ada.submit(&consent, "/oauth2/consent", "scope=openid&decision=approve");
    let tokens = server.post("/oauth2/token", &[BASIC], &redemption(code(&back), CALLBACK)).json();
    let log = server.log();
    let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!(last["method"], "POST");
    assert_eq!(last["path"], "/oauth2/token");
    assert_eq!(last["status"], 200);
    assert!(last["ms"].is_u64());
    for secret in [
        code(&back),
        tokens["access_token"].as_str().unwrap(),
        tokens["id_token"].as_str().unwrap(),
        "correct",
        "a-secret",
        BASIC.1,
        VERIFIER,
        "interaction",
    ] {
        assert!(!log.contains(secret), "{secret}");
    }
}
