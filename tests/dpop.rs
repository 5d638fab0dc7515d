//! Tokens that are good for nothing without a key: RFC 9449, both at the token endpoint and where a
//! token opens something.

use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::server::{
    Declaration, Key, NonceRule, Policy, Record, Resource, Swapped, TokenFormat, Turn,
};
use grantflow::states::State;
use grantflow::time::UnixTime;
use grantflow::uri::Issuer;
use grantflow::wire::dpop::Said;
use grantflow::wire::http::{Headers, Method, Request, Response};
use grantflow::wire::jwks::public_jwk;
use grantflow::wire::registration::{AuthMethod, ClientMetadata, GrantType};
use grantflow_tests::{
    Answer, CALLBACK, CHALLENGE, CLIENT_ID, CLIENT_SECRET, Holder, ISSUER, Owner, PUBLIC_ID,
    VERIFIER, World, basic, confidential, json, payload, query, text,
};
use serde_json::{Value, json};

// --- The token endpoint -------------------------------------------------------------------------

#[test]
fn a_code_and_a_proof_of_each_algorithm_buy_a_token_that_is_bound() {
    for alg in Algorithm::ALL {
        let mut world = World::new();
        let holder = Holder { alg, ..holder(&world) };
        let request = redeem(&mut world, "");
        let tokens = ok(&mut world, &with_proof(&holder, "1", request));
        assert_eq!(tokens["token_type"], "DPoP", "{alg:?}");
        let tasks = shown(&holder, "2", &tasks(), &tokens);
        assert!(matches!(world.send(&tasks), Answer::Admitted(_)), "{alg:?}");
        let user = shown(&holder, "3", &userinfo(), &tokens);
        assert_eq!(ok(&mut world, &user)["sub"], "user-alice", "{alg:?}");
    }
}

#[test]
fn what_is_taken_is_said_in_the_metadata() {
    let mut world = World::new();
    let url = format!("{ISSUER}/.well-known/openid-configuration");
    let said = ok(&mut world, &Request::get(url));
    let algs = json!(["RS256", "ES256", "EdDSA", "PS256", "Ed25519"]);
    assert_eq!(said["dpop_signing_alg_values_supported"], algs);
}

#[test]
fn without_a_proof_all_is_as_it_was() {
    let mut world = World::new();
    let request = redeem(&mut world, "");
    let tokens = ok(&mut world, &request);
    assert_eq!(tokens["token_type"], "Bearer");
}

#[test]
fn a_140_a_proof_that_does_not_fit_the_request_buys_nothing_and_burns_nothing() {
    let mut world = World::new();
    let holder = holder(&world);
    let request = redeem(&mut world, "");
    let before = world.store.clone();
    let get = Request { method: Method::Get, ..request.clone() };
    let elsewhere = Request { url: "https://evil.test/oauth2/token".into(), ..request.clone() };
    let stranger = Holder { owner: Owner::Stranger, ..holder };
    let good = holder.proof("j", &request, None);
    let (input, _) = good.rsplit_once('.').unwrap();
    let jwk = public_jwk(&holder.key());
    let said = Said {
        jti: "j",
        htm: "POST",
        url: &request.url,
        iat: world.now,
        access_token: None,
        nonce: None,
    };
    let retyped = |typ: &str| {
        let header = format!(r#"{{"typ":"{typ}","alg":"ES256","jwk":{jwk}}}"#);
        let claims = said.signing_input(Algorithm::Es256, &jwk);
        let claims = claims.split_once('.').unwrap().1;
        holder.signed(&format!("{}.{claims}", grantflow::base64url::encode(header)))
    };
    let foreign = stranger.signed(input);
    for (what, proof) in
        [
            ("another method", holder.proof("j", &get, None)),
            ("another address", holder.proof("j", &elsewhere, None)),
            ("another key's signature", foreign),
            ("no signature", format!("{input}.")),
            ("no proof", "x".into()),
            ("an assertion", retyped("JWT")),
            ("an access token", retyped("at+jwt")),
            (
                "a private key",
                holder.signed(&said.signing_input(
                    Algorithm::Es256,
                    &jwk.replace("\"kty\"", "\"d\":\"AA\",\"kty\""),
                )),
            ),
            ("another algorithm", holder.signed(&said.signing_input(Algorithm::Rs256, &jwk))),
        ]
    {
        let refused = world.send(&with_header(request.clone(), &proof)).response();
        assert_eq!(refusal(&refused), (400, "invalid_dpop_proof".into()), "{what}");
        assert_eq!(world.store, before, "{what}");
    }
    let twice = with_header(with_header(request.clone(), &good), &good);
    assert_eq!(refusal(&world.send(&twice).response()), (400, "invalid_dpop_proof".into()));
    assert_eq!(ok(&mut world, &with_header(request, &good))["token_type"], "DPoP");
}

#[test]
fn a_140_a_proof_is_good_once() {
    let mut world = World::new();
    let holder = holder(&world);
    let request = redeem(&mut world, "offline_access");
    let tokens = ok(&mut world, &with_proof(&holder, "1", request));
    let request = refresh(&tokens);
    let proof = holder.proof("2", &request, None);
    let next = ok(&mut world, &with_header(request, &proof));
    let before = world.store.clone();
    let request = with_header(refresh(&next), &proof);
    assert_eq!(refusal(&world.send(&request).response()), (400, "invalid_dpop_proof".into()));
    assert_eq!(world.store, before, "the refresh token is as good as before");
    let request = refresh(&next);
    ok(&mut world, &with_proof(&holder, "3", request));
    // Another key may call its proof the same.
    let other = Holder { alg: Algorithm::EdDsa, ..holder };
    let request = redeem(&mut world, "");
    ok(&mut world, &with_proof(&other, "3", request));
    let kept = world.store.iter().filter(|(key, _)| matches!(key, Key::Proof { .. }));
    let dies: Vec<_> = kept.map(|(_, found)| found.record.dies()).collect();
    assert_eq!(dies.len(), 4);
    assert!(dies.iter().all(|dies| *dies == Some(later(&world, 300))), "{dies:?}");
}

#[test]
fn a_140_who_has_no_code_of_ours_costs_the_host_nothing() {
    let mut world = World::new();
    let holder = holder(&world);
    let request = redeem(&mut world, "");
    let forged = String::from_utf8(request.body.clone()).unwrap().replace("gfc_", "gfc_A");
    let request = Request { body: forged.into(), ..request };
    let before = world.store.clone();
    let refused = costs_nothing(&mut world, &with_proof(&holder, "1", request));
    assert_eq!(refusal(&refused), (400, "invalid_grant".into()));
    assert_eq!(world.store, before);
}

#[test]
fn a_140_a_code_that_comes_to_nothing_costs_the_host_nothing() {
    let mut world = World::new();
    let holder = holder(&world);
    let good = redeem(&mut world, "offline_access");
    let before = world.store.clone();
    let bad = "invalid_grant";
    for (what, changed, error) in [
        ("another verifier", with_field(&good, "code_verifier", &"x".repeat(43)), bad),
        ("another address", with_field(&good, "redirect_uri", "https://evil.test/"), bad),
        ("another client", as_confidential(with_field(&good, "client_id", CLIENT_ID)), bad),
        ("another API", with_field(&good, "resource", "https://elsewhere.test"), "invalid_target"),
    ] {
        let refused = costs_nothing(&mut world, &with_proof(&holder, "1", changed));
        assert_eq!(refusal(&refused), (400, error.into()), "{what}");
        assert_eq!(world.store, before, "{what}");
    }
    // What was refused did not use the proof up.
    ok(&mut world, &with_proof(&holder, "1", good));
    // One that is too old dies of itself, with a proof or without.
    let old = redeem(&mut world, "");
    world.wait(600);
    let holder = Holder { now: world.now, ..holder };
    for jti in ["2", "3"] {
        let refused = costs_nothing(&mut world, &with_proof(&holder, jti, old.clone()));
        assert_eq!(refusal(&refused), (400, bad.into()), "{jti}");
    }
    assert_eq!(ended(&world), [State::Expired]);
}

#[test]
fn a_140_a_token_that_comes_to_nothing_costs_the_host_nothing() {
    let mut world = World::new();
    let holder = holder(&world);
    let request = redeem(&mut world, "offline_access");
    let tokens = ok(&mut world, &with_proof(&holder, "1", request));
    let before = world.store.clone();
    let good = refresh(&tokens);
    for (what, changed, error) in [
        ("another client", as_confidential(refresh_as(None, &tokens)), "invalid_grant"),
        ("more than was granted", with_field(&good, "scope", "openid email"), "invalid_scope"),
    ] {
        let refused = costs_nothing(&mut world, &with_proof(&holder, "2", changed));
        assert_eq!(refusal(&refused), (400, error.into()), "{what}");
        assert_eq!(world.store, before, "{what}");
    }
    let end = [("token", tokens["refresh_token"].as_str().unwrap()), ("client_id", PUBLIC_ID)];
    let end = Request::form(format!("{ISSUER}/oauth2/revoke"), query(&end));
    assert_eq!(world.send(&end).response().status, 200);
    let refused = costs_nothing(&mut world, &with_proof(&holder, "2", good));
    assert_eq!(refusal(&refused), (400, "invalid_grant".into()));
}

#[test]
fn a_140_only_a_good_proof_ends_what_a_spent_code_or_an_old_token_led_to() {
    for what in ["a spent code", "a spent token", "a token that is too old"] {
        let mut world = World::new();
        let first = holder(&world);
        let code = redeem(&mut world, "offline_access");
        let used = first.proof("1", &code, None);
        let tokens = ok(&mut world, &with_header(code.clone(), &used));
        let (request, seconds, why) = match what {
            "a spent code" => (code, 0, State::Replayed),
            "a spent token" => {
                ok(&mut world, &with_proof(&first, "2", refresh(&tokens)));
                (refresh(&tokens), 10, State::Replayed)
            }
            _ => (refresh(&tokens), 30 * 24 * 3600, State::Expired),
        };
        world.wait(seconds);
        let holder = Holder { now: world.now, ..first };
        let before = world.store.clone();
        let good = holder.proof("3", &request, None);
        let stranger = Holder { owner: Owner::Stranger, ..holder };
        let foreign = stranger.signed(good.rsplit_once('.').unwrap().0);
        // The first proof is too old by itself where time has passed.
        let replayed = if seconds < 300 { &used } else { &foreign };
        for proof in [&foreign, replayed] {
            let refused = world.send(&with_header(request.clone(), proof)).response();
            assert_eq!(refusal(&refused), (400, "invalid_dpop_proof".into()), "{what}");
            assert_eq!(world.store, before, "{what}");
        }
        let refused = world.send(&with_header(request.clone(), &good)).response();
        assert_eq!(refusal(&refused), (400, "invalid_grant".into()), "{what}");
        assert_eq!(ended(&world), [why], "{what}");
        // That was the last that it cost anything.
        let refused = costs_nothing(&mut world, &with_proof(&holder, "4", request));
        assert_eq!(refusal(&refused), (400, "invalid_grant".into()), "{what}");
    }
}

#[test]
fn who_is_overtaken_after_the_proof_is_decided_again_and_proves_nothing_twice() {
    let mut world = World::new();
    let holder = holder(&world);
    let request = redeem(&mut world, "");
    let mut turn = world.until_swap(&with_proof(&holder, "1", request.clone()));
    loop {
        turn = world.step(turn).unwrap();
        if matches!(&turn, Turn::Swap(swap) if matches!(swap.key(), Key::Grant(_))) {
            break;
        }
    }
    ok(&mut world, &with_proof(&holder, "2", request));
    let proofs =
        |world: &World| world.store.keys().filter(|key| matches!(key, Key::Proof { .. })).count();
    let before = proofs(&world);
    assert_eq!(refusal(&world.finish(turn).response()), (400, "invalid_grant".into()));
    assert_eq!((before, proofs(&world)), (2, 2));
    assert_eq!(ended(&world), [State::Replayed]);
}

#[test]
fn a_proof_whose_swap_got_no_answer_is_still_its_own() {
    for held in [true, false] {
        let mut world = World::new();
        let holder = holder(&world);
        let request = redeem(&mut world, "");
        let Turn::Swap(swap) = world.until_swap(&with_proof(&holder, "1", request)) else {
            panic!("no swap")
        };
        assert!(matches!(swap.key(), Key::Proof { .. }));
        if held {
            assert_eq!(world.swap(&swap), Swapped::Held);
        }
        let turn = swap.answer(Swapped::Unknown);
        assert_eq!(world.finish(turn).response().status, 200);
    }
}

#[test]
fn a_client_whose_clock_is_wrong_is_given_a_nonce_and_gets_on() {
    for seconds in [-86_400, -300, 61, 86_400] {
        let mut world = World::new();
        let wrong = Holder { now: from(world.now, seconds), ..holder(&world) };
        let request = redeem(&mut world, "");
        let refused = world.send(&with_proof(&wrong, "1", request.clone())).response();
        assert_eq!(refusal(&refused), (400, "use_dpop_nonce".into()), "{seconds}");
        let nonce = refused.headers.one("dpop-nonce").unwrap().unwrap();
        let wrong = Holder { nonce: Some(nonce), ..wrong };
        let tokens = ok(&mut world, &with_proof(&wrong, "2", request));
        let request = shown(&wrong, "3", &userinfo(), &tokens);
        assert_eq!(ok(&mut world, &request)["sub"], "user-alice", "{seconds}");
    }
    for seconds in [-299, 60] {
        let mut world = World::new();
        let skewed = Holder { now: from(world.now, seconds), ..holder(&world) };
        let request = redeem(&mut world, "");
        ok(&mut world, &with_proof(&skewed, "1", request));
    }
}

#[test]
fn a_141_where_the_policy_says_so_no_proof_is_made_ahead_of_time() {
    let policy = Policy { dpop_nonce: NonceRule::Always, ..policy() };
    let mut world = World::with(policy);
    let bare = holder(&world);
    let request = redeem(&mut world, "");
    let nonce = wanted(&mut world, &with_proof(&bare, "1", request.clone()), 400);
    let holder = Holder { nonce: Some(&nonce), ..bare };
    let tokens = ok(&mut world, &with_proof(&holder, "2", request));
    wanted(&mut world, &shown(&bare, "3", &userinfo(), &tokens), 401);
    assert_eq!(ok(&mut world, &shown(&holder, "4", &userinfo(), &tokens))["sub"], "user-alice");
    // It is good for five minutes, it cannot be made up, and nothing else passes for one.
    let code = redeem(&mut world, "");
    let code = String::from_utf8(code.body).unwrap();
    for foreign in ["", "x", &code[..40], &nonce[..nonce.len() - 1], &format!("{nonce}A")] {
        let foreign = Holder { nonce: Some(foreign).filter(|n| !n.is_empty()), ..bare };
        wanted(&mut world, &shown(&foreign, "5", &userinfo(), &tokens), 401);
    }
    world.wait(300);
    wanted(&mut world, &shown(&holder, "6", &userinfo(), &tokens), 401);
}

#[test]
fn a_client_that_registers_for_it_gets_no_token_without() {
    let mut world = World::new();
    world.register(&Declaration {
        client_id: "bound".into(),
        client_secret: None,
        metadata: ClientMetadata {
            token_endpoint_auth_method: Some(AuthMethod::None),
            dpop_bound_access_tokens: Some(true),
            ..confidential().metadata
        },
        ..confidential()
    });
    let Record::Client(client) = &world.store[&Key::Client("bound".into())].record else {
        panic!()
    };
    assert_eq!(client.metadata().dpop_bound_access_tokens, Some(true));
    let holder = holder(&world);
    let request = redeem_as(&mut world, "bound", "openid", "");
    let refused = world.send(&request).response();
    assert_eq!(refusal(&refused), (400, "invalid_dpop_proof".into()));
    assert_eq!(ok(&mut world, &with_proof(&holder, "1", request))["token_type"], "DPoP");
}

#[test]
fn a_client_that_acts_for_itself_may_bind_its_tokens() {
    let mut world = World::new();
    world.register(&Declaration {
        client_id: "machine".into(),
        metadata: ClientMetadata {
            grant_types: vec![GrantType::ClientCredentials],
            ..confidential().metadata
        },
        ..confidential()
    });
    let mut request =
        Request::form(format!("{ISSUER}/oauth2/token"), "grant_type=client_credentials");
    request.headers.push("authorization", basic("machine", CLIENT_SECRET));
    let holder = holder(&world);
    let tokens = ok(&mut world, &with_proof(&holder, "1", request));
    assert_eq!(tokens["token_type"], "DPoP");
    let tasks = shown(&holder, "2", &tasks(), &tokens);
    assert!(matches!(world.send(&tasks), Answer::Admitted(_)));
}

// --- What is bound ------------------------------------------------------------------------------

#[test]
fn a_142_a_code_that_was_asked_for_with_a_key_is_for_that_key() {
    let mut world = World::new();
    let holder = holder(&world);
    let stranger = Holder { owner: Owner::Stranger, ..holder };
    let more = format!("&dpop_jkt={}", holder.jkt());
    let request = redeem_as(&mut world, PUBLIC_ID, "openid", &more);
    let before = world.store.clone();
    let bare = world.send(&request).response();
    assert_eq!(refusal(&bare), (400, "invalid_dpop_proof".into()));
    let theirs = world.send(&with_proof(&stranger, "1", request.clone())).response();
    assert_eq!(refusal(&theirs), (400, "invalid_grant".into()));
    assert_eq!(world.store, before, "the code is as good as before");
    ok(&mut world, &with_proof(&holder, "2", request));
    for bad in ["x", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43)] {
        let asked = asked(
            PUBLIC_ID,
            "openid",
            &format!("&dpop_jkt={}", query(&[("", bad)]).trim_start_matches('=')),
        );
        let url = format!("{ISSUER}/oauth2/authorize?{asked}");
        let refused = world.browse(Request::get(url)).response();
        let back = grantflow_tests::redirect_parameters(&refused);
        assert_eq!(back.field("error"), "invalid_request", "{bad}");
    }
}

#[test]
fn a_143_a_public_clients_refresh_token_is_good_with_its_key_only() {
    let mut world = World::new();
    let holder = holder(&world);
    let stranger = Holder { owner: Owner::Stranger, ..holder };
    let request = redeem(&mut world, "offline_access");
    let tokens = ok(&mut world, &with_proof(&holder, "1", request));
    let before = world.store.clone();
    let request = refresh(&tokens);
    let bare = world.send(&request).response();
    assert_eq!(refusal(&bare), (400, "invalid_dpop_proof".into()));
    let theirs = world.send(&with_proof(&stranger, "2", request.clone())).response();
    assert_eq!(refusal(&theirs), (400, "invalid_grant".into()));
    assert_eq!(world.store, before, "a thief can neither use it nor end the session");
    let next = ok(&mut world, &with_proof(&holder, "3", request.clone()));
    assert_eq!(next["token_type"], "DPoP");
    // Within the grace the same answer again, for the answer may have been lost.
    let again = ok(&mut world, &with_proof(&holder, "4", request));
    assert_eq!(again, next);
}

#[test]
fn a_client_that_proves_itself_may_change_its_key() {
    let mut world = World::new();
    let holder = holder(&world);
    let request = as_confidential(redeem_as(&mut world, CLIENT_ID, "openid offline_access", ""));
    let tokens = ok(&mut world, &with_proof(&holder, "1", request));
    let other = Holder { alg: Algorithm::EdDsa, ..holder };
    let refresh = |tokens: &Value| as_confidential(refresh_as(None, tokens));
    let next = ok(&mut world, &with_proof(&other, "2", refresh(&tokens)));
    assert!(matches!(world.send(&shown(&other, "3", &tasks(), &next)), Answer::Admitted(_)));
    let last = ok(&mut world, &refresh(&next));
    assert_eq!(last["token_type"], "Bearer");
}

#[test]
fn a_refresh_token_of_before_is_bound_from_the_first_proof_on() {
    let mut world = World::new();
    let holder = holder(&world);
    let request = redeem(&mut world, "offline_access");
    let tokens = ok(&mut world, &request);
    let next = ok(&mut world, &with_proof(&holder, "1", refresh(&tokens)));
    assert_eq!(next["token_type"], "DPoP");
    let bare = world.send(&refresh(&next)).response();
    assert_eq!(refusal(&bare), (400, "invalid_dpop_proof".into()));
}

// --- What a token opens -------------------------------------------------------------------------

#[test]
fn a_144_a_bound_token_opens_nothing_without_its_key() {
    let mut world = World::new();
    let holder = holder(&world);
    let stranger = Holder { owner: Owner::Stranger, ..holder };
    let request = redeem(&mut world, "");
    let tokens = ok(&mut world, &with_proof(&holder, "1", request));
    let request = redeem(&mut world, "");
    let others = ok(&mut world, &with_proof(&holder, "2", request));
    let request = redeem(&mut world, "");
    let loose = ok(&mut world, &request);
    let before = world.store.clone();
    for door in [tasks(), userinfo()] {
        let proof = |request: &Request, token: &Value| {
            holder.proof("3", request, token["access_token"].as_str())
        };
        let post = Request { method: Method::Post, ..door.clone() };
        let elsewhere = Request { url: format!("{}x", door.url), ..door.clone() };
        let foreign = stranger.signed(proof(&door, &tokens).rsplit_once('.').unwrap().0);
        for (what, sent, error) in [
            ("as a bearer token", bearer("Bearer", &door, &tokens), "invalid_token"),
            ("without a proof", bearer("DPoP", &door, &tokens), "invalid_dpop_proof"),
            ("a token that is not bound", shown(&holder, "3", &door, &loose), "invalid_token"),
            ("with a stranger's proof", shown(&stranger, "3", &door, &tokens), "invalid_token"),
            (
                "with a proof for another token",
                with_header(bearer("DPoP", &door, &tokens), &proof(&door, &others)),
                "invalid_dpop_proof",
            ),
            (
                "with a proof for no token",
                with_header(bearer("DPoP", &door, &tokens), &holder.proof("3", &door, None)),
                "invalid_dpop_proof",
            ),
            (
                "with a proof for another method",
                with_header(bearer("DPoP", &door, &tokens), &proof(&post, &tokens)),
                "invalid_dpop_proof",
            ),
            (
                "with a proof for another address",
                with_header(bearer("DPoP", &door, &tokens), &proof(&elsewhere, &tokens)),
                "invalid_dpop_proof",
            ),
            (
                "with a proof that another signed",
                with_header(bearer("DPoP", &door, &tokens), &foreign),
                "invalid_dpop_proof",
            ),
        ] {
            let refused = world.send(&sent).response();
            assert_eq!(refusal(&refused), (401, error.into()), "{what}");
            let challenges: Vec<_> = challenges(&refused);
            assert!(challenges.iter().any(|c| c.starts_with("DPoP realm=")), "{what}");
            assert!(challenges.iter().any(|c| c.contains("algs=\"RS256 ES256")), "{what}");
            assert!(challenges[0].contains(&format!("error=\"{error}\"")), "{what}");
        }
        let old = Holder { now: from(world.now, -300), ..holder };
        wanted(&mut world, &shown(&old, "3", &door, &tokens), 401);
    }
    assert_eq!(world.store, before);
    assert!(matches!(world.send(&shown(&holder, "4", &tasks(), &tokens)), Answer::Admitted(_)));
    assert!(matches!(world.send(&bearer("Bearer", &tasks(), &loose)), Answer::Admitted(_)));
}

#[test]
fn a_proof_for_head_goes_with_head_and_opens_what_get_opens() {
    let mut world = World::new();
    let holder = holder(&world);
    let request = redeem(&mut world, "");
    let tokens = ok(&mut world, &with_proof(&holder, "1", request));
    for get in [tasks(), userinfo()] {
        let head = Request { method: Method::Head, ..get.clone() };
        let for_head = shown(&holder, "2", &head, &tokens);
        let opened = |answer| match answer {
            Answer::Admitted(_) => true,
            answer => answer.response().status == 200,
        };
        assert!(opened(world.send(&for_head)), "{}", get.url);
        let for_get = shown(&holder, "3", &get, &tokens);
        assert!(opened(world.send(&for_get)), "{}", get.url);
        for crossed in [
            Request { method: Method::Get, ..for_head },
            Request { method: Method::Head, ..for_get },
        ] {
            let refused = world.send(&crossed).response();
            assert_eq!(refusal(&refused), (401, "invalid_dpop_proof".into()), "{}", get.url);
        }
    }
}

#[test]
fn who_brings_no_token_hears_of_both_ways() {
    let mut world = World::new();
    let refused = world.send(&tasks()).response();
    let challenges = challenges(&refused);
    assert!(challenges[0].starts_with("Bearer realm="), "{challenges:?}");
    assert!(challenges[1].starts_with("DPoP realm=") && !challenges[1].contains("error"));
    let about = Request::get(format!("{ISSUER}/.well-known/oauth-protected-resource/api/tasks"));
    let said = ok(&mut world, &about);
    assert_eq!(
        said["dpop_signing_alg_values_supported"],
        json!(["RS256", "ES256", "EdDSA", "PS256"])
    );
}

#[test]
fn a_page_of_another_origin_may_send_a_proof_and_read_the_nonce() {
    let mut world = World::with(Policy { dpop_nonce: NonceRule::Always, ..policy() });
    let holder = holder(&world);
    let request = redeem(&mut world, "");
    let mut request = with_proof(&holder, "1", request);
    request.headers.push("origin", "https://yourapp.com");
    let refused = world.send(&request).response();
    let exposed = refused.headers.first("access-control-expose-headers").unwrap();
    assert!(exposed.contains("DPoP-Nonce"), "{exposed}");
    let asked = Request { method: Method::Options, body: Vec::new(), ..request };
    let preflight = world.send(&asked).response();
    let allowed = preflight.headers.first("access-control-allow-headers").unwrap();
    assert!(allowed.contains("dpop"), "{allowed}");
}

#[test]
fn a_145_a_signed_token_and_an_answer_about_one_name_the_key() {
    let mut policy = policy();
    policy.resources.push(Resource {
        identifier: "https://mail.test".into(),
        path: None,
        scope: ScopeSet::default(),
        format: TokenFormat::Jwt,
        introspected_by: None,
    });
    let mut world = World::with(policy);
    let holder = holder(&world);
    let more = "&resource=https%3A%2F%2Fmail.test";
    let request = as_confidential(redeem_as(&mut world, CLIENT_ID, "openid offline_access", more));
    let tokens = ok(&mut world, &with_proof(&holder, "1", request));
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(payload(token)["cnf"], json!({ "jkt": holder.jkt() }));
    let about = |token: &Value| {
        let form = query(&[("token", token.as_str().unwrap())]);
        as_confidential(Request::form(format!("{ISSUER}/oauth2/introspect"), form))
    };
    let said = ok(&mut world, &about(&tokens["access_token"]));
    assert_eq!((&said["token_type"], &said["cnf"]["jkt"]), (&json!("DPoP"), &json!(holder.jkt())));
    // The client proves itself, so its refresh token needs no key.
    let said = ok(&mut world, &about(&tokens["refresh_token"]));
    assert_eq!((&said["token_type"], &said["cnf"]), (&Value::Null, &Value::Null));
}

// --- Helpers ------------------------------------------------------------------------------------

fn policy() -> Policy {
    Policy::new(Issuer::parse(ISSUER).unwrap())
}

fn holder(world: &World) -> Holder<'static> {
    Holder { owner: Owner::Client, alg: Algorithm::Es256, now: world.now, nonce: None }
}

fn from(now: UnixTime, seconds: i64) -> UnixTime {
    UnixTime::from_secs(now.as_secs().checked_add_signed(seconds).unwrap())
}

fn later(world: &World, seconds: i64) -> UnixTime {
    from(world.now, seconds)
}

fn asked(client_id: &str, scope: &str, more: &str) -> String {
    let fields = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("scope", scope),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    format!("{}{more}", query(&fields))
}

/// The public client's request for the tokens of a fresh code, without a proof.
fn redeem(world: &mut World, scope: &str) -> Request {
    redeem_as(world, PUBLIC_ID, format!("openid {scope}").trim(), "")
}

fn redeem_as(world: &mut World, client_id: &str, scope: &str, more: &str) -> Request {
    let back = world.approve(&asked(client_id, scope, more));
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", back.field("code")),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", client_id),
    ];
    Request::form(format!("{ISSUER}/oauth2/token"), query(&fields))
}

fn refresh(tokens: &Value) -> Request {
    refresh_as(Some(PUBLIC_ID), tokens)
}

fn refresh_as(client_id: Option<&str>, tokens: &Value) -> Request {
    let mut fields = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    fields.extend(client_id.map(|id| ("client_id", id)));
    Request::form(format!("{ISSUER}/oauth2/token"), query(&fields))
}

fn as_confidential(mut request: Request) -> Request {
    request.headers.push("authorization", basic(CLIENT_ID, CLIENT_SECRET));
    request
}

/// The form with another value of one field, or with one more field.
fn with_field(request: &Request, name: &str, value: &str) -> Request {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let others = body.split('&').filter(|field| field.split('=').next() != Some(name));
    let mut fields: Vec<_> = others.map(str::to_owned).collect();
    fields.push(query(&[(name, value)]));
    Request { body: fields.join("&").into(), ..request.clone() }
}

/// What is answered where no signature is looked at and no proof is kept.
fn costs_nothing(world: &mut World, request: &Request) -> Response {
    let mut turn = world.begin(request);
    loop {
        assert!(!matches!(turn, Turn::Verify(_)), "{turn:?}");
        if let Turn::Swap(swap) = &turn {
            assert!(!matches!(swap.key(), Key::Proof { .. }), "{turn:?}");
        }
        turn = match world.step(turn) {
            Ok(turn) => turn,
            Err(answer) => return answer.response(),
        };
    }
}

/// How the grants ended that have.
fn ended(world: &World) -> Vec<State> {
    let grants = world.store.values().filter_map(|found| match &found.record {
        Record::Grant(grant) => Some(grant.phase.state()),
        _ => None,
    });
    grants.filter(|state| !matches!(state, State::Coded | State::Live)).collect()
}

fn with_proof(holder: &Holder<'_>, jti: &str, request: Request) -> Request {
    let proof = holder.proof(jti, &request, None);
    with_header(request, &proof)
}

fn with_header(mut request: Request, proof: &str) -> Request {
    request.headers.push("dpop", proof);
    request
}

fn tasks() -> Request {
    Request::get(format!("{ISSUER}/api/tasks"))
}

fn userinfo() -> Request {
    Request::get(format!("{ISSUER}/oauth2/userinfo"))
}

fn bearer(scheme: &str, door: &Request, tokens: &Value) -> Request {
    let token = tokens["access_token"].as_str().unwrap();
    let headers = Headers::new().with("authorization", format!("{scheme} {token}"));
    Request { headers, ..door.clone() }
}

/// A request with a token and the proof that goes with it.
fn shown(holder: &Holder<'_>, jti: &str, door: &Request, tokens: &Value) -> Request {
    let proof = holder.proof(jti, door, tokens["access_token"].as_str());
    with_header(bearer("DPoP", door, tokens), &proof)
}

fn ok(world: &mut World, request: &Request) -> Value {
    let response = world.send(request).response();
    assert_eq!(response.status, 200, "{}", text(&response));
    json(&response)
}

fn refusal(response: &Response) -> (u16, String) {
    (response.status, json(response)["error"].as_str().unwrap().to_owned())
}

/// The nonce that the answer wants.
fn wanted(world: &mut World, request: &Request, status: u16) -> String {
    let response = world.send(request).response();
    assert_eq!(refusal(&response), (status, "use_dpop_nonce".into()));
    response.headers.one("dpop-nonce").unwrap().unwrap().to_owned()
}

fn challenges(response: &Response) -> Vec<String> {
    let fields = response.headers.iter().filter(|(name, _)| *name == "www-authenticate");
    fields.map(|(_, value)| value.to_owned()).collect()
}
