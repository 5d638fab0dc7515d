//! `--demo`: static files beside the server.

use std::fs;

use crate::process::{Server, scratch};

#[test]
fn files_have_their_types_and_nothing_outside_is_served() {
    let secret = scratch("secret.txt");
    let directory = secret.parent().unwrap().join("demo");
    fs::create_dir_all(directory.join("deep")).unwrap();
    fs::write(&secret, "secret").unwrap();
    for (name, text) in [
        ("index.html", "front"),
        ("app.wasm", "\0asm"),
        ("app.js", "x"),
        ("style.css", "x"),
        ("deep/index.html", "deep"),
    ] {
        fs::write(directory.join(name), text).unwrap();
    }
    let server = Server::start(&["--demo", directory.to_str().unwrap()]);

    for path in ["/", "/demo"] {
        let reply = server.get(path, &[]);
        assert_eq!((reply.status, reply.header("location")), (303, "/demo/"), "{path}");
    }
    for (path, content_type) in [
        ("/demo/", "text/html"),
        ("/demo/index.html", "text/html"),
        ("/demo/app.wasm", "application/wasm"),
        ("/demo/app.js", "text/javascript"),
        ("/demo/style.css", "text/css"),
        ("/demo/deep/", "text/html"),
    ] {
        let reply = server.get(path, &[]);
        assert_eq!((reply.status, reply.header("content-type")), (200, content_type), "{path}");
        assert_eq!(reply.header("service-worker-allowed"), "/demo/");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
    assert!(server.get("/demo/deep", &[]).header("location").starts_with("/demo/deep/"));
    for path in [
        "/demo/../secret.txt",
        "/demo/%2e%2e/secret.txt",
        "/demo/..%2fsecret.txt",
        "/demo/deep/../../secret.txt",
        "/demo/..%5csecret.txt",
        "/demo//etc/passwd",
        "/demo/%00",
        "/demo/nothing",
        "/demo/index.html/",
        "/demo/index.html/x",
        &format!("/demo/{}", "x".repeat(300)),
        "/demo..",
    ] {
        let reply = server.get(path, &[]);
        assert_eq!(reply.status, 404, "{path}: {}", reply.body);
        assert!(!reply.body.contains("secret"));
    }
    assert_eq!(server.get("/healthz", &[]).status, 200);
    let metadata = server.get("/.well-known/openid-configuration", &[]);
    assert_eq!(metadata.status, 200);
}
