//! Eight who hold the same code, at once.

use std::sync::{Arc, Barrier};
use std::thread;

use crate::browser::parameter;
use crate::flow::{BASIC, CALLBACK, authorize, redemption};
use crate::process::Server;

const RACERS: usize = 8;
const ROUNDS: usize = 100;

#[test]
fn eight_identical_redemptions_started_together_buy_once() {
    let server = Arc::new(Server::example_with(&["--dev-login", "ada"]));
    for round in 0..ROUNDS {
        let back = server.get(&authorize("task-board", CALLBACK), &[]);
        let form = redemption(parameter(&back, "code"), CALLBACK);
        let start = Arc::new(Barrier::new(RACERS));
        let racers: Vec<_> = (0..RACERS)
            .map(|_| {
                let (server, form, start) = (Arc::clone(&server), form.clone(), Arc::clone(&start));
                thread::spawn(move || {
                    start.wait();
                    server.post("/oauth2/token", &[BASIC], &form)
                })
            })
            .collect();
        let mut bought = 0;
        for racer in racers {
            let reply = racer.join().unwrap();
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
