//! The log is read by more people than the store: nothing in it opens anything.

use grantflow::base64url;

use crate::browser::{Browser, after, parameter};
use crate::flow::{BASIC, CALLBACK, PASSWORD, authorize, redemption};
use crate::process::{Server, request};

#[test]
fn no_line_of_the_log_holds_a_secret_whatever_goes_right_or_wrong() {
    let server = Server::example();
    let mut ada = Browser::new(&server);
    let mut secrets = vec![
        ("a password", PASSWORD.to_owned()),
        ("the same in a form", PASSWORD.replace(' ', "+")),
        ("a wrong password", "wrong-battery-staple".to_owned()),
        ("the secret of a client", "a-secret-made-by-a-machine".to_owned()),
        ("its header", BASIC.1.to_owned()),
        ("a state", "state-of-the-app".to_owned()),
        ("a verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned()),
    ];
    let mut secret = |name: &'static str, value: &str| {
        assert!(value.len() >= 16, "{name} could be anything");
        secrets.push((name, value.to_owned()));
    };
    let interaction = "name=\"interaction\" value=\"";

    let url = authorize("task-board", CALLBACK)
        .replace("s-1", "state-of-the-app")
        .replace("+email", "+email+offline_access");
    let login = ada.open(&url);
    secret("a login page", after(&login.body, interaction));
    let wrong = ada.sign_in(&login, "ada", "wrong-battery-staple");
    let consent = ada.sign_in(&wrong, "ada", PASSWORD);
    secret("a consent page", after(&consent.body, interaction));
    secret("a cookie", ada.cookie().split_once('=').unwrap().1);
    let yes = "scope=openid&scope=offline_access&decision=approve";
    let back = ada.submit(&consent, "/oauth2/consent", yes);
    let code = parameter(&back, "code");
    secret("a code", code);

    // Nearly right, right, and once more.
    let form = redemption(code, CALLBACK);
    server.post("/oauth2/token", &[], &form);
    server.post("/oauth2/token", &[BASIC], &form.replace("3000", "3001"));
    let tokens = server.post("/oauth2/token", &[BASIC], &form).json();
    let [access, refresh, id_token] = ["access_token", "refresh_token", "id_token"].map(|name| {
        let token = tokens[name].as_str().unwrap();
        secret(name, token);
        token
    });
    secret("a signature", id_token.rsplit('.').next().unwrap());
    let bearer = format!("Bearer {access}");
    for path in ["/api/tasks", "/oauth2/userinfo", "/developer", "/nothing"] {
        server.get(path, &[("authorization", &bearer)]);
        server.get(&format!("{path}?access_token={access}&code={code}"), &[]);
        server.post(path, &[], &format!("access_token={access}"));
        server.get(path, &[("authorization", &format!("{bearer} {bearer}"))]);
    }
    for path in ["/oauth2/introspect", "/oauth2/revoke", "/oauth2/token"] {
        server.post(path, &[BASIC], &format!("token={access}&token={refresh}"));
        server.post(path, &[("authorization", "Basic x")], &format!("token={refresh}"));
    }
    server.post("/oauth2/introspect", &[BASIC], &format!("token={access}"));
    let renew = format!("grant_type=refresh_token&refresh_token={refresh}");
    let next = server.post("/oauth2/token", &[BASIC], &renew).json();
    secret("the next refresh token", next["refresh_token"].as_str().unwrap());
    ada.open(&format!("/oauth2/logout?id_token_hint={id_token}"));
    server.post("/oauth2/token", &[BASIC], &form);

    // What is no request at all.
    let cookie = ada.cookie().to_owned();
    server.send(format!("GET /{access} {code}\r\ncookie: {cookie}\r\n\r\n").as_bytes());
    server.send(&request("POST", "/oauth2/token", &[BASIC], &form.repeat(4000).into_bytes()));

    let log = server.log();
    assert!(log.lines().count() > 30, "{log}");
    for (name, value) in &secrets {
        for spelled in [value.clone(), base64url::encode(value)] {
            assert!(!log.contains(&spelled), "{name} is in the log:\n{log}");
        }
    }
}
