use super::*;
use crate::client::testing::{NOW, client, json_response, tokens};

const LIFE: Duration = Duration::from_secs(30);

/// A session whose token lives for an hour, and what gets the next one.
fn session() -> Session {
    let refresh_token = Some(Secret::new("rt1"));
    Session::new(client(), Tokens { refresh_token, ..tokens() }, NOW)
}

fn at(seconds: u64) -> UnixTime {
    NOW + Duration::from_secs(seconds)
}

/// When the token is dead.
fn late() -> UnixTime {
    at(3600)
}

/// When the token lives, but not long enough.
fn soon() -> UnixTime {
    at(3590)
}

fn asked(session: &mut Session, now: UnixTime) -> AwaitingRefresh {
    let want = session.want(now, LIFE);
    let Want::Send(ask) = want else { panic!("nothing is asked for: {want:?}") };
    ask.unsigned().unwrap()
}

fn used(session: &mut Session, now: UnixTime) -> Secret {
    let want = session.want(now, LIFE);
    let Want::Use(token) = want else { panic!("no token: {want:?}") };
    token
}

fn waits(session: &mut Session, now: UnixTime) -> UnixTime {
    let want = session.want(now, LIFE);
    let Want::Wait(until) = want else { panic!("no wait: {want:?}") };
    until
}

fn ended(session: &mut Session, now: UnixTime) -> &'static str {
    let want = session.want(now, LIFE);
    let Want::SignIn(why) = want else { panic!("not over: {want:?}") };
    Error::from(why).code()
}

/// The tokens of a generation.
fn tokens_of(n: u8, members: &str) -> Response {
    let body = alloc::format!(
        r#"{{"access_token":"at{n}","token_type":"Bearer","expires_in":3600{members}}}"#
    );
    json_response(200, &body)
}

/// The tokens of a generation of a server that rotates.
fn next(n: u8) -> Response {
    tokens_of(n, &alloc::format!(r#","refresh_token":"rt{n}""#))
}

fn gone() -> Response {
    json_response(400, r#"{"error":"invalid_grant"}"#)
}

#[test]
fn a_110_a_token_with_life_in_it_is_used_and_an_old_one_is_asked_for_once() {
    let mut session = session();
    assert!(used(&mut session, NOW).matches("at"));
    let ask = asked(&mut session, soon());
    assert!(used(&mut session, soon()).matches("at"), "who comes meanwhile takes what lives");
    for _ in 0..3 {
        assert_eq!(waits(&mut session, late()), soon() + LONGEST_REFRESH);
    }
    session.answer(ask, &next(2), late()).unwrap();
    assert!(used(&mut session, late()).matches("at2"));
    assert_eq!(session.state(), &State::Active);
}

#[test]
fn a_token_that_never_lives_that_long_is_used_all_the_same() {
    let mut session = session();
    let mut now = late();
    for n in 2..6 {
        let ask = asked(&mut session, now);
        let short = json_response(
            200,
            &alloc::format!(r#"{{"access_token":"at{n}","token_type":"Bearer","expires_in":20}}"#),
        );
        session.answer(ask, &short, now).unwrap();
        assert!(used(&mut session, now).matches(&alloc::format!("at{n}")));
        now = now + Duration::from_secs(11);
    }
}

#[test]
fn a_token_that_an_api_refuses_is_not_handed_out_again() {
    let mut session = session();
    session.refuse(&Secret::new("another"));
    let token = used(&mut session, NOW);
    session.refuse(&token);
    let ask = asked(&mut session, NOW);
    assert_eq!(waits(&mut session, NOW), NOW + LONGEST_REFRESH, "not even while it is asked for");
    session.answer(ask, &next(2), NOW).unwrap();
    session.refuse(&token);
    assert!(used(&mut session, NOW).matches("at2"), "a late word about the old one is past");

    let mut without = Session::new(client(), tokens(), NOW);
    without.refuse(&token);
    assert_eq!(ended(&mut without, NOW), "session_gone");
    let endless = Tokens { expires_at: None, refresh_token: Some(Secret::new("rt")), ..tokens() };
    let mut session = Session::new(client(), endless, NOW);
    assert!(used(&mut session, at(1 << 40)).matches("at"));
    session.refuse(&token);
    let _ = asked(&mut session, NOW);
}

#[test]
fn a_request_that_never_left_changes_nothing() {
    let mut session = session();
    for _ in 0..5 {
        let ask = asked(&mut session, late());
        let error = session.lost(&ask, Delivery::NotSent, late()).unwrap_err();
        assert_eq!(error.code(), "offline");
    }
    for _ in 0..5 {
        let Want::Send(ask) = session.want(late(), LIFE) else { panic!("nothing to send") };
        session.give_back(*ask);
        assert_eq!(session.state(), &State::Active);
    }
    let ask = asked(&mut session, late());
    session.answer(ask, &next(2), late()).unwrap();
    assert!(used(&mut session, late()).matches("at2"));
}

#[test]
fn a_lost_answer_is_asked_for_again_at_once_and_then_ever_more_seldom() {
    let mut session = session();
    let mut now = late();
    for rest in [0, 2, 4, 8, 16, 32, 60, 60] {
        let ask = asked(&mut session, now);
        let error = session.lost(&ask, Delivery::Unknown, now).unwrap_err();
        assert_eq!((error.code(), session.state()), ("refresh_in_doubt", &State::InDoubt));
        let again = now + Duration::from_secs(rest);
        if rest > 0 {
            assert_eq!(waits(&mut session, now), again);
        }
        now = again;
    }
    let ask = asked(&mut session, now);
    session.answer(ask, &next(2), now).unwrap();
    assert_eq!(session.state(), &State::Active);
    assert!(used(&mut session, now).matches("at2"));
}

#[test]
fn whoever_can_do_with_the_token_as_it_is_does_not_wait_for_a_server_that_stumbles() {
    let mut session = session();
    for _ in 0..2 {
        let ask = asked(&mut session, soon());
        session.lost(&ask, Delivery::Unknown, soon()).unwrap_err();
    }
    assert!(used(&mut session, soon()).matches("at"));
}

#[test]
fn only_the_server_ends_a_session_and_its_stumbling_does_not() {
    for (status, body, state) in [
        (500, "", State::InDoubt),
        (502, "", State::InDoubt),
        (200, "<html>", State::InDoubt),
        (404, "", State::InDoubt),
        (400, r#"{"error":"server_error"}"#, State::InDoubt),
        (503, r#"{"error":"temporarily_unavailable"}"#, State::Active),
        (503, "", State::Active),
        (429, "", State::Active),
    ] {
        let mut session = session();
        let mut now = late();
        for _ in 0..20 {
            let ask = asked(&mut session, now);
            session.answer(ask, &json_response(status, body), now).unwrap_err();
            assert_eq!(session.state(), &state, "{status} {body}");
            now = now + LONGEST_REST;
        }
        let ask = asked(&mut session, now);
        session.answer(ask, &next(2), now).unwrap();
        assert_eq!(session.state(), &State::Active);
    }
    let mut session = session();
    let ask = asked(&mut session, late());
    let error = session.answer(ask, &gone(), late()).unwrap_err();
    assert_eq!(error.code(), "session_revoked");
    assert_eq!(ended(&mut session, NOW), "session_revoked", "the access token died with it");
}

#[test]
fn a_server_that_says_when_to_come_again_is_left_alone_until_then() {
    for (said, rest) in [("7", 7), ("0", 0), ("86400", 3600), ("soon", 0)] {
        let mut session = session();
        let ask = asked(&mut session, late());
        let mut busy = json_response(429, "");
        busy.headers.push("Retry-After", said);
        session.answer(ask, &busy, late()).unwrap_err();
        if rest > 0 {
            assert_eq!(waits(&mut session, late()), late() + Duration::from_secs(rest));
        }
        let _ = asked(&mut session, late() + Duration::from_secs(rest));
    }
}

#[test]
fn one_who_asked_and_vanished_holds_nobody_up() {
    let mut session = session();
    let vanished = asked(&mut session, late());
    let then = late() + LONGEST_REFRESH;
    let ask = asked(&mut session, then);
    session.answer(ask, &next(2), then).unwrap();
    assert_eq!(session.answer(vanished, &gone(), then), Ok(()));
    assert!(used(&mut session, then).matches("at2"), "an answer to what is past is past");
}

#[test]
fn only_the_last_request_tells_how_it_went() {
    let then = late() + LONGEST_REFRESH;
    let lates: [fn(&mut Session, AwaitingRefresh, UnixTime); 4] = [
        |session, ask, now| assert_eq!(session.lost(&ask, Delivery::NotSent, now), Ok(())),
        |session, ask, now| assert_eq!(session.lost(&ask, Delivery::Unknown, now), Ok(())),
        |session, ask, now| assert_eq!(session.answer(ask, &json_response(429, ""), now), Ok(())),
        |session, ask, now| assert_eq!(session.answer(ask, &gone(), now), Ok(())),
    ];
    for late_word in lates {
        let mut session = session();
        let first = asked(&mut session, late());
        let second = asked(&mut session, then);
        late_word(&mut session, first, then);
        assert_eq!(session.state(), &State::Refreshing(then), "the second is under way");
        assert_eq!(waits(&mut session, then), then + LONGEST_REFRESH);
        session.answer(second, &next(2), then).unwrap();

        // What has ended stays so.
        let mut session = self::session();
        let first = asked(&mut session, late());
        let second = asked(&mut session, then);
        session.answer(second, &gone(), then).unwrap_err();
        late_word(&mut session, first, then);
        assert_eq!(ended(&mut session, then), "session_revoked");
    }
}

#[test]
fn tokens_that_come_late_are_taken_if_they_are_newer_than_what_is_there() {
    let then = late() + LONGEST_REFRESH;
    let mut session = session();
    let first = asked(&mut session, late());
    let second = asked(&mut session, then);
    session.answer(first, &next(2), then).unwrap();
    assert!(used(&mut session, then).matches("at2"));
    assert_eq!(session.answer(second, &gone(), then), Ok(()), "a stranger to what is there now");
    assert!(used(&mut session, then).matches("at2"));

    // A server that does not rotate.
    let mut session = self::session();
    let first = asked(&mut session, late());
    let second = asked(&mut session, then);
    session.answer(second, &tokens_of(3, ""), then).unwrap();
    session.answer(first, &tokens_of(2, ""), then).unwrap();
    assert!(used(&mut session, then).matches("at3"), "the older ones are not");
}

#[test]
fn a_clock_that_goes_back_holds_nobody_up() {
    let mut session = session();
    let _ = asked(&mut session, late() + Duration::from_secs(3600));
    let ask = asked(&mut session, late());
    session.lost(&ask, Delivery::Unknown, late()).unwrap_err();
    assert_eq!(waits(&mut session, late()), late() + Duration::from_secs(2));
    session.is_refused = true;
    let ask = asked(&mut session, UnixTime::from_secs(0));
    session.answer(ask, &next(2), late()).unwrap();
}

#[test]
fn without_a_refresh_token_a_session_ends_with_its_token() {
    let mut session = Session::new(client(), tokens(), NOW);
    assert!(used(&mut session, soon()).matches("at"));
    assert_eq!(ended(&mut session, late()), "session_gone");
}
