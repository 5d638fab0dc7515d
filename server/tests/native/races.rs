//! Who comes at once, over HTTP: with the same code, with the same refresh token, to end what another
//! goes on with.

use std::sync::{Arc, Barrier};
use std::thread;

use crate::browser::parameter;
use crate::flow::{BASIC, CALLBACK, authorize, redemption};
use crate::process::{Reply, Server};

const RACERS: usize = 8;
const ROUNDS: usize = 100;

/// Sends every form at once, each from a thread of its own; gives the answers in that order.
fn race(server: &Arc<Server>, forms: Vec<(&'static str, String)>) -> Vec<Reply> {
    let start = Arc::new(Barrier::new(forms.len()));
    let racers: Vec<_> = forms
        .into_iter()
        .map(|(path, form)| {
            let (server, start) = (Arc::clone(server), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                server.post(path, &[BASIC], &form)
            })
        })
        .collect();
    racers.into_iter().map(|racer| racer.join().unwrap()).collect()
}

fn code(server: &Server, scope: &str) -> String {
    let asked = authorize("task-board", CALLBACK).replace("openid+profile+email", scope);
    parameter(&server.get(&asked, &[]), "code").to_owned()
}

/// An access token and a refresh token.
fn offline(server: &Server) -> (String, String) {
    let code = code(server, "openid+offline_access");
    let tokens = server.post("/oauth2/token", &[BASIC], &redemption(&code, CALLBACK)).json();
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
    (token("access_token"), token("refresh_token"))
}

fn refresh(token: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}")
}

fn opens(server: &Server, token: &str) -> bool {
    let bearer = format!("Bearer {token}");
    server.get("/api/tasks", &[("authorization", &bearer)]).status == 200
}

#[test]
fn a_33_eight_identical_redemptions_started_together_buy_once() {
    let server = Arc::new(Server::example_with(&["--dev-login", "ada"]));
    for round in 0..ROUNDS {
        let form = redemption(&code(&server, "openid"), CALLBACK);
        let mut bought = 0;
        for reply in race(&server, vec![("/oauth2/token", form); RACERS]) {
            if reply.status == 200 {
                bought += 1;
            } else {
                assert_eq!(reply.status, 400, "round {round}: {}", reply.body);
                assert_eq!(reply.json()["error"], "invalid_grant", "round {round}");
            }
        }
        assert_eq!(bought, 1, "round {round}");
    }
}

#[test]
fn a_111_eight_identical_refreshes_started_together_get_one_successor() {
    let server = Arc::new(Server::example_with(&["--dev-login", "ada"]));
    for round in 0..ROUNDS / 4 {
        let (_, token) = offline(&server);
        let replies = race(&server, vec![("/oauth2/token", refresh(&token)); RACERS]);
        let mut bodies: Vec<_> = replies.iter().map(Reply::json).collect();
        for (reply, body) in replies.iter().zip(&mut bodies) {
            assert_eq!(reply.status, 200, "round {round}: {}", reply.body);
            // A second may pass between the first and the last.
            body["expires_in"] = 0.into();
        }
        assert!(bodies.iter().all(|body| *body == bodies[0]), "round {round}: {bodies:?}");
        let successor = bodies[0]["refresh_token"].as_str().unwrap();
        let next = server.post("/oauth2/token", &[BASIC], &refresh(successor));
        assert_eq!(next.status, 200, "round {round}: {}", next.body);
    }
}

#[test]
fn a_revocation_among_refreshes_leaves_nothing_alive() {
    let server = Arc::new(Server::example_with(&["--dev-login", "ada"]));
    for round in 0..ROUNDS / 4 {
        let (first, token) = offline(&server);
        let mut forms = vec![("/oauth2/token", refresh(&token)); RACERS - 1];
        forms.insert(round % RACERS, ("/oauth2/revoke", format!("token={token}")));
        let mut tokens = vec![first];
        let mut successors = vec![token];
        for reply in race(&server, forms) {
            match reply.status {
                200 if reply.body.is_empty() => {}
                200 => {
                    let body = reply.json();
                    tokens.push(body["access_token"].as_str().unwrap().into());
                    successors.push(body["refresh_token"].as_str().unwrap().into());
                }
                status => {
                    assert_eq!(status, 400, "round {round}: {}", reply.body);
                    assert_eq!(reply.json()["error"], "invalid_grant", "round {round}");
                }
            }
        }
        assert!(tokens.iter().all(|token| !opens(&server, token)), "round {round}");
        for successor in successors {
            let reply = server.post("/oauth2/token", &[BASIC], &refresh(&successor));
            assert_eq!(reply.status, 400, "round {round}: {}", reply.body);
        }
    }
}

#[test]
fn a_32_a_replay_by_a_stranger_changes_nothing_and_by_a_proven_party_kills_the_grant() {
    let server = Server::example_with(&["--dev-login", "ada"]);
    let code = code(&server, "openid");
    let form = redemption(&code, CALLBACK);
    let tokens = server.post("/oauth2/token", &[BASIC], &form).json();
    let token = tokens["access_token"].as_str().unwrap();
    let wrong_secret = ("authorization", "Basic dGFzay1ib2FyZDp3cm9uZw==");
    let wrong_verifier = form.replace("dBjftJeZ", "xBjftJeZ");
    let other_client = format!("{form}&client_id=task-page");
    for (headers, form, error) in [
        (&[wrong_secret][..], &form, "invalid_client"),
        (&[BASIC][..], &wrong_verifier, "invalid_grant"),
        (&[][..], &other_client, "invalid_grant"),
    ] {
        let refused = server.post("/oauth2/token", headers, form);
        assert_eq!(refused.json()["error"], error);
        assert!(opens(&server, token), "a stranger has done harm: {error}");
    }
    let proven = server.post("/oauth2/token", &[BASIC], &form);
    assert_eq!(proven.json()["error"], "invalid_grant");
    assert!(!opens(&server, token), "a code that was spent twice has leaked");
}
