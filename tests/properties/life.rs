//! The life of an app, told to a hunt: whatever the machine hears, does and holds is printed.

use std::collections::BTreeMap;
use std::time::Duration;

use grantflow::client::session::{
    Area, Effect, Fault, How, Input, Machine, Now, Settled, Snapshot, Ticket,
};
use grantflow::client::{Asked, Credentials, Profile, Seed};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::wire::form::Form;
use grantflow::wire::token::TokenResponse;

use crate::fuzz::host::{Answer, Host};
use crate::fuzz::world::{self, CALLBACK, ISSUER, PAGE};
use crate::hunt::Hunt;

/// A tab, its machine and its storage.
struct Tab {
    machine: Machine,
    stored: BTreeMap<(&'static str, String), Secret>,
    /// Where the page was sent.
    gone: Option<String>,
    settled: Vec<Result<Settled, Fault>>,
}

/// Signs in, has the token renewed, tells another tab, and signs out.
pub(crate) fn live(hunt: &mut Hunt, host: &mut Host, seed: [u8; 32]) {
    let mut tab = Tab::open();
    tab.start(hunt, host, "https://app.test/");
    let scope = ScopeSet::parse("openid profile offline_access").unwrap();
    let asked = || Box::new(Asked::of(scope.clone()));
    let ticket = Ticket(2);
    for how in [How::Popup, How::Page] {
        let login = Input::Login { ticket, seed: Seed::new(seed), asked: asked(), how };
        tab.hear(hunt, host, login);
    }
    let url = tab.gone.take().expect("the page leaves");
    let sent = Form::parse(url.split_once('?').unwrap().1.as_bytes()).unwrap();
    hunt.secret("a page's state", sent.field("state"));
    hunt.secret("a page's nonce", sent.field("nonce"));
    let query = world::agree(host, &mut None, &url).expect("a way back");
    let (_, query) = query.split_once('?').unwrap_or(("", &query));
    hunt.secret("a page's code", Form::parse(query.as_bytes()).unwrap().field("code"));

    tab.machine = Tab::open().machine;
    tab.start(hunt, host, &format!("{CALLBACK}?{query}"));
    assert!(matches!(tab.machine.snapshot(), Snapshot::SignedIn { .. }), "{:?}", tab.settled);
    host.wait(3600);
    tab.hear(hunt, host, Input::Token { ticket: Ticket(3), life: Duration::ZERO });
    let Some(Ok(Settled::Token(token))) = tab.settled.last().cloned() else {
        panic!("{:?}", tab.settled)
    };
    tab.hear(hunt, host, Input::Challenged(token));
    tab.hear(hunt, host, Input::Relayed(Secret::new(format!("https://app.test/relay?{query}"))));
    tab.hear(hunt, host, Input::Logout { ticket: Ticket(4), everywhere: true, page: None });
    tab.hear(hunt, host, Input::Token { ticket: Ticket(5), life: Duration::ZERO });
    assert!(matches!(tab.settled.last(), Some(Err(_))), "{:?}", tab.settled);
}

impl Tab {
    fn open() -> Self {
        let profile = Profile::new(ISSUER, PAGE, CALLBACK, Credentials::Public).unwrap();
        let machine = Machine::new(profile, None, Some(Area::Session));
        Self { machine, stored: BTreeMap::new(), gone: None, settled: Vec::new() }
    }

    fn start(&mut self, hunt: &mut Hunt, host: &mut Host, href: &str) {
        let names = self.stored.keys().map(|(_, name)| (Area::Session, name.clone())).collect();
        self.hear(hunt, host, Input::Start { ticket: Ticket(1), href: Secret::new(href), names });
    }

    /// Hears it, and does what comes of it.
    fn hear(&mut self, hunt: &mut Hunt, host: &mut Host, input: Input) {
        let mut heard = vec![input];
        while let Some(input) = heard.pop() {
            hunt.debug(&input);
            let mono = Duration::from_secs(host.now.as_secs());
            self.machine.handle(Now { wall: host.now, mono }, input);
            while let Some(effect) = self.machine.poll() {
                hunt.debug(&effect);
                heard.splice(0..0, self.perform(hunt, host, effect));
            }
            hunt.debug(&self.machine);
            hunt.debug(&self.machine.snapshot());
            hunt.debug(&self.machine.fault());
        }
    }

    fn perform(&mut self, hunt: &mut Hunt, host: &mut Host, effect: Effect) -> Option<Input> {
        Some(match effect {
            Effect::Http { id, request, .. } => {
                let Answer::Response(response) = hunt.send(host, &request) else {
                    panic!("no answer")
                };
                if let Ok(tokens) = TokenResponse::parse(&response.body) {
                    hunt.secret("a page's access token", tokens.access_token.expose());
                    let refresh_token = tokens.refresh_token.expect("it is offline");
                    hunt.secret("a page's refresh token", refresh_token.expose());
                }
                Input::Http(id, Ok(response))
            }
            Effect::Read(id, area, name) => {
                Input::Took(id, self.stored.get(&(word(area), name)).cloned())
            }
            Effect::Take(id, area, name) => {
                Input::Took(id, self.stored.remove(&(word(area), name)))
            }
            Effect::Put(id, area, name, value) => {
                // The others are marks, and what the server tells everybody.
                if name.contains(".login.") || name.ends_with(".session") {
                    hunt.secret("what is stored", value.expose());
                }
                self.stored.insert((word(area), name), value);
                Input::Stored(id, true)
            }
            Effect::Forget(area, name) => {
                self.stored.remove(&(word(area), name));
                return None;
            }
            Effect::Lock(id) => Input::Locked(id),
            Effect::Verify { id, .. } => Input::Verified(id, true),
            Effect::MakeKey(id) => Input::KeyMade(id, None),
            Effect::Sign { id, .. } => Input::Signed(id, None),
            Effect::Navigate(_, _, url) => {
                self.gone = Some(url.expose().to_owned());
                return None;
            }
            Effect::Tell(word) => {
                hunt.secret("a word between tabs", word.expose());
                hunt.debug(&Input::Heard(word));
                return None;
            }
            Effect::WakeAt(_) if matches!(self.machine.snapshot(), Snapshot::Restoring) => {
                host.wait(1);
                Input::Tick
            }
            Effect::Settle(_, result) => {
                hunt.debug(&result);
                self.settled.push(result);
                return None;
            }
            Effect::Unlock
            | Effect::ReplaceUrl(_)
            | Effect::WakeAt(_)
            | Effect::Emit
            | Effect::DropKey(_)
            | Effect::DropOldKeys(_) => return None,
        })
    }
}

const fn word(area: Area) -> &'static str {
    match area {
        Area::Session => "session",
        Area::Local => "local",
        Area::Cookie => "cookie",
        Area::App => "app",
    }
}
