//! `--dev-login`: for tests of other people's clients, on one machine.

use crate::browser::parameter;
use crate::flow::{BASIC, CALLBACK, authorize, redemption};
use crate::process::{Server, refusal};

#[test]
fn one_request_gives_a_code_for_everything_that_was_asked() {
    let server = Server::example_with(&["--dev-login", "ada"]);
    for more in ["", "&prompt=login", "&max_age=0", "&prompt=consent"] {
        let back = server.get(&(authorize("task-board", CALLBACK) + more), &[]);
        let form = redemption(parameter(&back, "code"), CALLBACK);
        let tokens = server.post("/oauth2/token", &[BASIC], &form).json();
        assert_eq!(tokens["scope"], "openid profile email", "{more}");
        let authorization = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let info = server.get("/oauth2/userinfo", &[("authorization", &authorization)]).json();
        assert_eq!(info["sub"], "ada-1815");
    }
}

#[test]
fn without_a_configuration_the_user_is_made() {
    let server = Server::start(&["--dev-login", "ada"]);
    let page = server.get("/developer", &[("accept", "text/html")]);
    assert!(page.body.contains("signed in as <strong>ada</strong>"), "{}", page.body);
}

#[test]
fn a_bad_request_is_refused_as_ever() {
    let server = Server::example_with(&["--dev-login", "ada"]);
    let elsewhere = authorize("task-board", "https%3A%2F%2Fevil.test%2F");
    let reply = server.get(&elsewhere, &[]);
    assert_eq!((reply.status, reply.header("location")), (400, ""));
    let reply = server.post("/oauth2/token", &[], "grant_type=authorization_code&code=x");
    assert_eq!(reply.status, 400);
}

#[test]
fn every_log_line_says_so() {
    let server = Server::example_with(&["--dev-login", "ada"]);
    server.get(&authorize("task-board", CALLBACK), &[]);
    server.get("/healthz", &[]);
    let log = server.log();
    assert!(log.lines().count() >= 3, "{log}");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["span"]["name"], "dev_login", "{line}");
        assert_eq!(line["span"]["everybody_is"], "ada", "{line}");
    }
    let server = Server::example();
    server.get("/healthz", &[]);
    assert!(!server.log().contains("dev_login"));
}

#[test]
fn it_is_for_loopback_only() {
    for flags in [
        &["--listen", "0.0.0.0:0", "--issuer", "http://127.0.0.1:8080"][..],
        &["--listen", "127.0.0.1:0", "--issuer", "https://auth.example.com"],
        &["--listen", "[::]:0", "--issuer", "http://localhost:8080"],
    ] {
        let said = refusal(&[flags, &["--dev-login", "ada"]].concat());
        assert!(said.contains("--dev-login lets everybody in"), "{said}");
    }
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/grantflow.toml");
    let flags = ["--listen", "127.0.0.1:0", "--config", config, "--dev-login", "eve"];
    assert!(refusal(&flags).contains("--dev-login eve: no such user"));
}
