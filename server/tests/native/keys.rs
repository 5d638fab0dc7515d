//! Signing keys that outlive the process, and change under it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use grantflow::base64url;
use serde_json::Value;

use crate::browser::parameter;
use crate::flow::{BASIC, CALLBACK, authorize, redemption};
use crate::process::{Server, refusal, scratch};

/// Most time until a running server has noticed.
const PATIENCE: Duration = Duration::from_secs(20);

/// `grantflow keys` with the file of this test; what it says.
fn keys(path: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grantflow"));
    let output =
        command.args(["keys", "--keys"]).arg(path).args(arguments).env_clear().output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// The names of the keys that are published, in order.
fn published(server: &Server) -> Vec<String> {
    let keys = server.get("/oauth2/jwks", &[]).json();
    let name = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    keys["keys"].as_array().unwrap().iter().map(name).collect()
}

/// The key that a new ID token is signed with.
fn signer(server: &Server) -> String {
    let back = server.get(&authorize("task-board", CALLBACK), &[]);
    let form = redemption(parameter(&back, "code"), CALLBACK);
    let tokens = server.post("/oauth2/token", &[BASIC], &form).json();
    let header = tokens["id_token"].as_str().unwrap().split('.').next().unwrap().to_owned();
    let header: Value = serde_json::from_slice(&base64url::decode(&header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().into()
}

fn wait_until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "it did not happen");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn start(path: &Path) -> Server {
    Server::example_with(&["--dev-login", "ada", "--keys", path.to_str().unwrap()])
}

fn file() -> PathBuf {
    scratch("keys.json")
}

#[test]
fn keys_rotate_under_a_running_server_with_an_overlap() {
    let path = file();
    let server = start(&path);
    let old = signer(&server);
    let before = published(&server);
    assert!(before.contains(&old) && before.len() == 3, "RS256, ES256 and EdDSA: {before:?}");

    let said = keys(&path, &["rotate", "--overlap", "6"]).unwrap();
    assert!(said.contains("signs next"), "{said}");
    wait_until(|| published(&server).len() == 4);
    assert_eq!(signer(&server), old, "everybody shall have the new one first");
    wait_until(|| signer(&server) != old);
    assert!(published(&server).contains(&old), "what it signed is still to be believed");

    keys(&path, &["retire", &old]).unwrap();
    wait_until(|| !published(&server).contains(&old));
    let refused = keys(&path, &["retire", &signer(&server)]).unwrap_err();
    assert!(refused.contains("the only key that signs with RS256"), "{refused}");

    let now = published(&server);
    drop(server);
    assert_eq!(published(&start(&path)), now, "and they are there after a restart");
}

#[test]
fn a_key_whose_name_begins_with_a_hyphen_is_named_as_any_other() {
    let path = file();
    drop(start(&path));
    let refused = keys(&path, &["retire", "-abc"]).unwrap_err();
    assert!(refused.contains("-abc") && !refused.contains("argument"), "{refused}");
}

#[test]
fn a_file_that_makes_no_sense_changes_nothing_and_starts_nothing() {
    let path = file();
    let server = start(&path);
    let before = published(&server);
    std::fs::write(&path, "{\"keys\": [{\"private_key\": \"s3cret\"}]}").unwrap();
    wait_until(|| server.log().contains("the signing keys are not taken; the old ones stay"));
    assert_eq!(published(&server), before);
    assert!(!server.log().contains("s3cret"));
    let told = refusal(&["--keys", path.to_str().unwrap()]);
    assert!(told.contains("no key file") && !told.contains("s3cret"), "{told}");
    assert!(keys(&path, &["list"]).is_err());
}

#[test]
fn a_client_that_nobody_can_sign_for_is_refused_at_the_start() {
    let config = scratch("grantflow.toml");
    let text = "[[client]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.test/cb\"]\n\
                id_token_signed_response_alg = \"PS256\"\n";
    std::fs::write(&config, text).unwrap();
    let told = refusal(&["--config", config.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    assert!(told.contains("client \"a\": there is no key for PS256"), "{told}");
}
