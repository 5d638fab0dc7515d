//! What no client of ours would send.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::browser::{Browser, after, parameter};
use crate::flow::{BASIC, CALLBACK, PASSWORD, authorize, redemption};
use crate::process::{Server, refusal, request, scratch};

#[test]
fn a_15_a_17_every_page_is_unframed_uncached_and_tells_no_stranger_where_it_is() {
    let server = Server::example();
    let mut ada = Browser::new(&server);
    let index = ada.open("/");
    let login = ada.open(&authorize("task-board", CALLBACK));
    let error = ada.open("/oauth2/authorize");
    let nothing = ada.open("/nothing");
    let consent = ada.sign_in(&login, "ada", PASSWORD);
    let developer = ada.open("/developer");
    let sign_out = ada.open("/oauth2/logout");
    // A page with a form tells our own server where it is, so that the form's `Origin` is real.
    for (page, referrer) in [
        (index, "no-referrer"),
        (login, "same-origin"),
        (error, "no-referrer"),
        (nothing, "no-referrer"),
        (consent, "same-origin"),
        (developer, "same-origin"),
        (sign_out, "same-origin"),
    ] {
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{}", page.body);
        assert_eq!(
            page.header("content-security-policy"),
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("referrer-policy"), referrer);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
    }
    let style = server.get("/assets/style.css", &[]);
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
}

#[test]
fn a_16_every_redirect_is_a_303() {
    let server = Server::example_with(&["--dev-login", "ada"]);
    assert_eq!(server.get(&authorize("task-board", CALLBACK), &[]).status, 303);
    let server = Server::example();
    let refused = authorize("task-board", CALLBACK).replace("=code&", "=token&");
    assert_eq!(server.get(&refused, &[]).status, 303);
}

#[test]
fn a_22_a_post_asks_like_a_get_and_never_in_two_places() {
    let server = Server::example_with(&["--dev-login", "ada"]);
    let asked = authorize("task-board", CALLBACK);
    let query = asked.split_once('?').unwrap().1;
    let posted = server.post("/oauth2/authorize", &[], query);
    assert!(!parameter(&posted, "code").is_empty());
    let both = server.post("/oauth2/authorize?client_id=task-board", &[], query);
    assert_eq!((both.status, both.header("location")), (400, ""));
    assert_eq!(both.json()["error"], "invalid_request");
}

#[test]
fn a_38_token_answers_are_json_that_nobody_keeps() {
    let server = Server::example();
    for (headers, form, status) in [
        (&[BASIC][..], "grant_type=authorization_code&code=x&redirect_uri=y", 400),
        (&[][..], "", 400),
        (&[("authorization", "Basic eDp5")][..], "grant_type=authorization_code", 401),
    ] {
        let reply = server.post("/oauth2/token", headers, form);
        assert_eq!(reply.status, status, "{}", reply.body);
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("pragma"), "no-cache");
        assert!(reply.json()["error"].is_string());
    }
    let server = Server::example_with(&["--dev-login", "ada"]);
    let code = server.get(&authorize("task-board", CALLBACK), &[]);
    let form = redemption(parameter(&code, "code"), CALLBACK);
    let reply = server.post("/oauth2/token", &[BASIC], &form);
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"));
    assert_eq!(reply.header("pragma"), "no-cache");
    assert!(reply.json()["access_token"].is_string());
}

#[test]
fn a_126_pages_of_registered_apps_read_answers_and_others_do_not() {
    let server = Server::example();
    let paths = ["/oauth2/token", "/oauth2/revoke", "/oauth2/userinfo", "/api/tasks"];
    for (origin, may_read) in [
        ("http://127.0.0.1:3000", "*"),
        ("http://localhost:5173", "*"),
        ("https://evil.example", ""),
        ("null", ""),
    ] {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        for path in paths {
            let preflight = server.send(&request("OPTIONS", path, &headers, b""));
            assert_eq!(preflight.status, 204);
            assert_eq!(preflight.header("access-control-allow-origin"), may_read, "{path}");
            let refusal = server.post(path, &headers, "a=b");
            assert_eq!(refusal.header("access-control-allow-origin"), may_read, "{path}");
            let credentials = refusal.header("access-control-allow-credentials");
            assert_eq!(credentials, "", "no cookie counts there");
        }
        for path in ["/oauth2/jwks", "/.well-known/openid-configuration"] {
            let document = server.send(&request("GET", path, &headers, b""));
            assert_eq!(document.header("access-control-allow-origin"), "*", "{path}");
        }
        let page = server.send(&request("GET", "/oauth2/authorize", &headers, b""));
        assert_eq!(page.header("access-control-allow-origin"), "");
    }
}

#[test]
fn a_39_the_wrong_verb_and_the_wrong_body_are_refused() {
    let server = Server::example();
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let reply = server.send(&request(method, "/oauth2/token", &[], b""));
        assert_eq!((reply.status, reply.header("allow")), (405, "POST"), "{method}");
        assert_eq!(reply.json()["error"], "invalid_request");
    }
    for path in ["/healthz", "/", "/assets/style.css"] {
        let reply = server.post(path, &[], "a=b");
        assert_eq!((reply.status, reply.header("allow")), (405, "GET, HEAD"), "{path}");
    }
    for content_type in ["application/json", "application/json, application/x-www-form-urlencoded"]
    {
        let headers = [("content-type", content_type)];
        let reply = server.send(&request("POST", "/oauth2/token", &headers, b"{}"));
        assert_eq!((reply.status, &reply.json()["error"]), (400, &"invalid_request".into()));
    }
}

#[test]
fn a_14_a_form_that_cannot_say_where_it_comes_from_is_refused() {
    let server = Server::example();
    let page = Browser::new(&server).open("/developer");
    let sealed = after(&page.body, "name=\"interaction\" value=\"");
    let form = format!("interaction={sealed}&username=ada&password={}", PASSWORD.replace(' ', "+"));
    let ours = server.issuer.as_str();
    for (headers, status) in [
        (&[("origin", "null")][..], 403),
        (&[("origin", "null"), ("sec-fetch-site", "cross-site")], 403),
        (&[("origin", ours), ("sec-fetch-site", "cross-site")], 403),
        (&[("origin", "https://evil.test")], 403),
        (&[("origin", "https://evil.test"), ("sec-fetch-site", "same-origin")], 403),
        (&[("origin", "null"), ("sec-fetch-site", "same-origin")], 303),
        (&[("origin", ours)], 303),
    ] {
        let reply = server.post("/oauth2/login", headers, &form);
        assert_eq!(reply.status, status, "{headers:?}: {}", reply.body);
    }
}

#[test]
fn head_answers_like_get_without_the_body() {
    let server = Server::example();
    for path in [
        "/.well-known/openid-configuration",
        "/oauth2/jwks",
        "/oauth2/authorize",
        "/oauth2/userinfo",
        "/oauth2/token",
        "/api/tasks",
        "/nothing",
        "/healthz",
        "/",
    ] {
        let headers = [("accept", "text/html")];
        let got = server.get(path, &headers);
        let head = server.send(&request("HEAD", path, &headers, b""));
        assert_eq!((head.status, head.body.as_str()), (got.status, ""), "{path}");
        for name in ["content-length", "content-type", "cache-control", "allow"] {
            assert_eq!(head.header(name), got.header(name), "{path}: {name}");
        }
        assert_eq!(head.all("www-authenticate"), got.all("www-authenticate"), "{path}");
        assert_eq!(head.header("content-length"), got.body.len().to_string(), "{path}");
    }
}

#[test]
fn a_123_a_124_neither_host_nor_forwarded_headers_decide_the_issuer() {
    let server = Server::example();
    let path = "/.well-known/openid-configuration";
    let calm = server.get(path, &[]);
    let said: Vec<_> = [
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "forwarded",
        "x-original-url",
        "x-rewrite-url",
    ]
    .map(|name| (name, "evil.test"))
    .into();
    let spoofed = server.get(path, &said);
    assert_eq!(spoofed.body, calm.body);
    assert_eq!(spoofed.json()["issuer"], server.issuer.as_str());
    // Nor does a header say who a client or a person is.
    let said = [
        ("x-client-cert", "task-board"),
        ("x-forwarded-user", "ada"),
        ("x-remote-user", "ada"),
        ("x-forwarded-client-cert", "Subject=\"CN=task-board\""),
    ];
    let form = "grant_type=authorization_code&code=x&redirect_uri=y&client_id=task-board";
    let refused = server.post("/oauth2/token", &said, form);
    assert_eq!((refused.status, &refused.json()["error"]), (401, &"invalid_client".into()));
    let asked = authorize("task-board", CALLBACK) + "&prompt=none";
    assert_eq!(parameter(&server.get(&asked, &said), "error"), "login_required");
}

#[test]
fn a_108_a_124_who_guesses_has_to_wait_whoever_they_say_they_are_for() {
    let server = Server::example();
    let form = "grant_type=authorization_code&code=x&redirect_uri=y";
    let wrong = ("authorization", "Basic dGFzay1ib2FyZDpndWVzcw==");
    for guess in 0..10 {
        // Everybody can write such a header.
        let from = format!("192.0.2.{guess}");
        let headers = [wrong, ("x-forwarded-for", &from), ("forwarded", "for=192.0.2.1")];
        let refused = server.post("/oauth2/token", &headers, form);
        assert_eq!((refused.status, &refused.json()["error"]), (401, &"invalid_client".into()));
    }
    for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"] {
        // Not even the right secret is looked at, so nobody learns that it is.
        let waits = server.post(path, &[BASIC], form);
        assert_eq!((waits.status, waits.header("cache-control")), (429, "no-store"), "{path}");
        assert_eq!(waits.json()["error"], "temporarily_unavailable");
        let wait: u64 = waits.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    // Others do not wait.
    let page = server.post("/oauth2/token", &[], &format!("{form}&client_id=task-page"));
    assert_eq!((page.status, &page.json()["error"]), (400, &"invalid_grant".into()));

    // People.
    let mut ada = Browser::new(&server);
    let mut login = ada.open("/developer");
    for _ in 0..10 {
        login = ada.sign_in(&login, "ada", "guess");
        assert!(login.status == 200 && login.body.contains("id=\"problem\""), "{}", login.body);
    }
    let waits = ada.sign_in(&login, "ada", PASSWORD);
    assert_eq!((waits.status, waits.header("set-cookie")), (429, ""), "{}", waits.body);
    assert!(waits.body.contains("Too many failed attempts"));
    let mut grace = Browser::new(&server);
    let login = grace.open("/developer");
    let page = grace.sign_in(&login, "grace", "swordfish");
    assert!(page.status == 200 && page.body.contains("grace"), "{}", page.body);
    let log = server.log();
    assert!(!log.contains("guess") && !log.contains("swordfish"), "{log}");
}

#[test]
fn a_108_behind_a_proxy_everybody_waits_for_themselves() {
    let server = Server::configured("proxies = [\"127.0.0.1\"]\n");
    let form = "grant_type=authorization_code&code=x&redirect_uri=y";
    let wrong = ("authorization", "Basic dGFzay1ib2FyZDpndWVzcw==");
    let post = |header, from: &str| {
        server.post("/oauth2/token", &[header, ("x-forwarded-for", from)], form).status
    };
    for _ in 0..10 {
        assert_eq!(post(wrong, "192.0.2.1"), 401);
    }
    // What the peer wrote itself stands before what the proxy added.
    for (from, status) in [("192.0.2.1", 429), ("192.0.2.9, 192.0.2.1", 429), ("192.0.2.2", 400)] {
        assert_eq!(post(BASIC, from), status, "{from}");
    }
}

#[test]
fn a_125_paths_match_once_as_they_were_sent() {
    let server = Server::example();
    for path in [
        "//oauth2/token",
        "/oauth2/token/",
        "/oauth2/%74oken",
        "/oauth2/./token",
        "/x/../oauth2/token",
        "/oauth2/token;a",
        "/OAUTH2/token",
        "/healthz/",
        "//healthz",
        "/assets/../assets/style.css",
        "/assets/",
        "/demo/",
    ] {
        let reply = server.post(path, &[], "a=b");
        assert_eq!(reply.status, 404, "{path}: {}", reply.body);
    }
}

#[test]
fn a_128_a_129_too_much_is_refused_and_the_server_lives_on() {
    let server = Server::example();
    let longest = "a=".to_owned() + &"b".repeat(64 * 1024 - 2);
    assert_eq!(server.post("/oauth2/token", &[], &longest).status, 400);
    let reply = server.post("/oauth2/token", &[], &(longest + "b"));
    assert_eq!((reply.status, &reply.json()["error"]), (413, &"invalid_request".into()));

    let megabyte = "b".repeat(1024 * 1024);
    assert_eq!(server.get("/healthz", &[("x", &megabyte)]).status, 431);
    assert_eq!(server.get("/healthz", &vec![("x", "y"); 1000]).status, 431);
    let long_target = format!("/healthz?{}", "b".repeat(100_000));
    assert!([414, 431].contains(&server.get(&long_target, &[]).status));

    let both = b"POST /oauth2/token HTTP/1.1\r\nhost: as\r\ncontent-length: 5\r\n\
        transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: as\r\n\r\n";
    let reply = server.send(both);
    assert_eq!(reply.status, 400, "{}", reply.body);
    for bytes in [&b"\x16\x03\x01\x02\x00"[..], b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n"] {
        assert!([0, 400].contains(&server.send(bytes).status));
    }
    let odd = [("cookie", "grantflow=\u{fffd}\u{fe}"), ("authorization", "Basic \u{fffd}")];
    assert_eq!(server.post("/oauth2/token", &odd, "grant_type=authorization_code").status, 401);
    assert_eq!(server.get("/oauth2/authorize?%ff=%zz", &[]).status, 400);
    assert_eq!(server.get("/healthz", &[]).body, "ok\n");
}

#[test]
fn a_129_a_slow_sender_is_cut_off_and_others_do_not_wait() {
    let server = Server::example();
    let idle: Vec<_> = (0..200).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    let started = Instant::now();
    let mut slow = TcpStream::connect(server.address).unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nx: ").unwrap();
    assert_eq!(server.get("/healthz", &[]).status, 200);
    assert!(started.elapsed() < Duration::from_secs(5));
    slow.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).unwrap();
    assert!((9..15).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    drop(idle);
}

#[test]
fn what_an_operator_gets_wrong_is_said_before_anything_listens() {
    let far = refusal(&["--listen", "127.0.0.1:0", "--issuer", "http://auth.example.com"]);
    assert!(far.contains("give --issuer an https URL"), "{far}");
    let nowhere = refusal(&["--listen", "127.0.0.1:0", "--demo", "/nowhere"]);
    assert!(nowhere.contains("--demo /nowhere: no directory"), "{nowhere}");
    let path = scratch("wrong.toml");
    let said = |text: &str| {
        std::fs::write(&path, text).unwrap();
        refusal(&["--listen", "127.0.0.1:0", "--config", path.to_str().unwrap()])
    };
    assert!(said("isuer = \"x\"").contains("line 1: unknown field `isuer`"));
    let user = "[[user]]\nusername = \"a\"\n";
    assert!(said(user).contains("user \"a\": needs password or password_hash"));
    let client = "[[client]]\nclient_id = \"a\"\nredirect_uris = [\"http://a.test/\"]\n";
    assert!(said(client).contains("client \"a\""));
    let secret = said("[[user]]\nusername = \"a\"\npassword = \"s3cret\" x");
    assert!(secret.contains("line 3") && !secret.contains("s3cret"), "{secret}");
}

#[test]
fn a_signal_stops_the_server_when_open_requests_are_done() {
    let server = Server::example();
    let address = server.address;
    let mut open = TcpStream::connect(address).unwrap();
    let head = "POST /oauth2/token HTTP/1.1\r\nhost: as\r\ncontent-length: 3\r\n\r\na=";
    open.write_all(head.as_bytes()).unwrap();
    assert_eq!(server.get("/healthz", &[]).status, 200);
    let stopped = std::thread::spawn(move || server.terminate());
    std::thread::sleep(Duration::from_millis(300));
    assert!(TcpStream::connect(address).is_err(), "it still listens");
    open.write_all(b"b").unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(stopped.join().unwrap().success());
}
