//! The whole as one value: everybody, everything in flight, the clock, and the log of what was done.

use grantflow::server::Record;
use grantflow::states::Machine;
use grantflow::time::UnixTime;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::browser::Browser;
use crate::cast::{AS, Actor, BEGINNING, Person};
use crate::entropy::Source;
use crate::evil::Evil;
use crate::fault::Fault;
use crate::input::{AppKind, Config, Input};
use crate::keys::Pair;
use crate::limits;
use crate::message::{MachineState, Message, View};
use crate::network::Exchange;
use crate::operator;
use crate::prelude::*;
use crate::provider::Provider;
use crate::shelf::Shelf;
use crate::trace::{Entry, Mark};

/// Browsers, an app, two servers, an attacker, a network and a clock.
///
/// There is no clock, no randomness and nothing to wait for in it: the same inputs make the same world.
#[derive(Debug)]
pub struct World {
    pub(crate) config: Config,
    pub(crate) now: UnixTime,
    pub(crate) source: Source,
    pub(crate) provider: Provider,
    pub(crate) evil: Evil,
    pub(crate) app: App,
    pub(crate) alice: Browser,
    pub(crate) eve: Browser,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) automatic: bool,
    pub(crate) holds: Vec<(Actor, String)>,
    pub(crate) forged: Shelf<String>,
    /// Bytes of all messages.
    pub(crate) bytes: usize,
    /// Bytes of the log.
    written: usize,
    /// Messages that the input under way has made or changed.
    touched: Vec<u32>,
    pub(crate) log: Vec<Entry>,
    pub(crate) marks: Vec<Mark>,
    digest: [u8; 32],
}

/// Everything but the messages.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// Milliseconds since 1970.
    pub now: u64,
    /// How many inputs were done.
    pub step: u32,
    /// Whether messages arrive at once.
    pub automatic: bool,
    /// Both browsers.
    pub browsers: Vec<BrowserView>,
    /// Where the machines are.
    pub states: Vec<MachineState>,
    /// SHA-256 over all that happened, in hex.
    pub digest: String,
}

/// One browser.
#[derive(Clone, Debug, Serialize)]
pub struct BrowserView {
    /// Whose.
    pub who: Person,
    /// Empty before anything was opened.
    pub url: String,
    /// What it shows.
    pub view: Option<View>,
    /// Its cookies.
    pub cookies: Vec<CookieView>,
    /// Logins that wait for their callback.
    pub pending: Vec<PendingView>,
}

/// One cookie.
#[derive(Clone, Debug, Serialize)]
pub struct CookieView {
    /// Whom it goes to.
    pub origin: String,
    /// What it is called.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// A login that waits.
#[derive(Clone, Debug, Serialize)]
pub struct PendingView {
    /// At which server.
    pub issuer: String,
    /// What tells it from others.
    pub state: String,
}

impl World {
    /// A world in which nothing has happened yet.
    ///
    /// # Errors
    ///
    /// A [`Fault`] if the configuration is none.
    pub fn new(config: Config) -> Result<Self, Fault> {
        if config.seed.len() > limits::LONGEST_NAME {
            return Err(Fault::too_long("The seed"));
        }
        let source = Source::new(&config.seed);
        let provider = Provider::new(&config, &source, BEGINNING)?;
        let app = App::new(&config, operator::secret(&config, &source));
        Ok(Self {
            now: BEGINNING,
            provider,
            evil: Evil::new(Pair::new("evil-1", source.named("evil key"))),
            app,
            alice: Browser::default(),
            eve: Browser::default(),
            exchanges: Vec::new(),
            automatic: true,
            holds: Vec::new(),
            forged: Shelf::default(),
            bytes: 0,
            written: 0,
            touched: Vec::new(),
            log: Vec::new(),
            marks: Vec::new(),
            digest: Sha256::digest(serde_json::to_vec(&config).unwrap_or_default()).into(),
            source,
            config,
        })
    }

    /// Does one thing, and says which messages are new or changed.
    ///
    /// # Errors
    ///
    /// A [`Fault`] if it makes no sense now; nothing is changed then.
    pub fn apply(&mut self, input: Input) -> Result<Vec<u32>, Fault> {
        if let Input::Edit { edit, .. } = &input {
            self.reads(edit)?;
        }
        self.repeat(input)
    }

    /// Does what was done before, in the world of a trace: an older one may hold an address that
    /// [`World::apply`] takes no more.
    pub(crate) fn repeat(&mut self, input: Input) -> Result<Vec<u32>, Fault> {
        if self.log.len() >= limits::MOST_INPUTS {
            return Err(Fault::new("too_many", "This world has seen enough."));
        }
        let size = serde_json::to_vec(&input).map_or(usize::MAX, |text| text.len());
        if size > limits::LONGEST_INPUT {
            return Err(Fault::too_long("The input"));
        }
        if self.written + size > limits::LONGEST_LOG {
            return Err(Fault::new("too_many", "More than that does not fit into a trace."));
        }
        if self.bytes > limits::MOST_BYTES || self.exchanges.len() > limits::MOST_MESSAGES {
            return Err(Fault::new("too_many", "This world has heard enough."));
        }
        self.touched.clear();
        self.act(&input)?;
        self.pump();
        // With what an entry says beside its input.
        self.written += size + 48;
        let at = self.now.as_secs() - BEGINNING.as_secs();
        self.log.push(Entry { at, actor: input.by(), input });
        self.settle();
        Ok(self.touched.clone())
    }

    fn act(&mut self, input: &Input) -> Result<(), Fault> {
        match input {
            Input::Open { who, url } => self.open(*who, url),
            Input::Press { who, button, issuer, resource } => {
                self.press(*who, *button, issuer.as_deref(), resource.as_deref())
            }
            Input::LogIn { who, username, password } => self.log_in(*who, username, password),
            Input::Approve { who, scopes } => self.decide(*who, "approve", scopes),
            Input::Deny { who } => self.decide(*who, "deny", &[]),
            Input::Deliver { message } => self.deliver_one(*message),
            Input::Drop { message } => self.lose(*message),
            Input::Duplicate { message } => self.duplicate(*message),
            Input::Edit { message, edit } => self.edit(*message, edit),
            Input::Leak { message } => self.leak(*message),
            Input::Send { request } => self.send_forged(request),
            Input::Forge { name, alg, claims } => self.forge(name, alg, claims),
            Input::Serve { path, answer } => self.serve(path, answer),
            Input::Wait { seconds } => {
                self.now = UnixTime::from_secs(self.now.as_secs() + u64::from(*seconds));
                Ok(())
            }
            Input::Network { automatic } => {
                self.automatic = *automatic;
                Ok(())
            }
            Input::Hold { to, path, on } => self.hold(*to, path, *on),
        }
    }

    /// Notes where everything is after an input, and adds it to the digest.
    fn settle(&mut self) {
        let (states, step) = (self.states(), u32::try_from(self.log.len()).unwrap_or(u32::MAX));
        let mut hash = Sha256::new();
        hash.update(self.digest);
        for id in &self.touched {
            let Some(exchange) = find_mut(&mut self.exchanges, *id) else { continue };
            exchange.message.states.clone_from(&states);
            exchange.message.step = step;
            add(&mut hash, &serde_json::to_vec(&exchange.message.essence()).unwrap_or_default());
        }
        self.add_state(&mut hash);
        self.digest = hash.finalize().into();
    }

    fn add_state(&self, hash: &mut Sha256) {
        hash.update(self.now.as_secs().to_be_bytes());
        for (key, found) in self.provider.records() {
            add(hash, key.as_bytes());
            hash.update(found.version.to_be_bytes());
            add(hash, &found.record.encode());
        }
        for browser in [&self.alice, &self.eve] {
            add(hash, browser.url.as_bytes());
            for text in browser.jar.iter().flatten() {
                add(hash, text.as_bytes());
            }
        }
        for key in self.app.sessions.names() {
            let Some(session) = self.app.sessions.get(&key) else { continue };
            add(hash, key.as_bytes());
            for pending in &session.pending {
                add(hash, pending.record.as_bytes());
            }
            let user = session.user.as_ref();
            let facts = user.map(|it| [&it.issuer, &it.subject].map(String::as_bytes));
            for text in facts.iter().flatten() {
                add(hash, text);
            }
        }
    }

    /// The input under way has made or changed a message.
    pub(crate) fn touch(&mut self, id: u32) {
        if let Err(place) = self.touched.binary_search(&id) {
            self.touched.insert(place, id);
        }
    }

    /// Every message, the first one first.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.exchanges.iter().map(|exchange| &exchange.message)
    }

    /// A message by its number.
    #[must_use]
    pub fn message(&self, id: u32) -> Option<&Message> {
        let place = usize::try_from(id).ok()?.checked_sub(1)?;
        self.exchanges.get(place).map(|exchange| &exchange.message)
    }

    /// What was done, in order.
    #[must_use]
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// What the world was made with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// SHA-256 over all that happened, in hex.
    #[must_use]
    pub fn digest(&self) -> String {
        self.digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    /// Everything but the messages.
    #[must_use]
    pub fn view(&self) -> Overview {
        Overview {
            now: self.now.as_secs() * 1000,
            step: u32::try_from(self.log.len()).unwrap_or(u32::MAX),
            automatic: self.automatic,
            browsers: self.browsers(),
            states: self.states(),
            digest: self.digest(),
        }
    }

    fn browsers(&self) -> Vec<BrowserView> {
        let view = |who: Person| {
            let browser = self.browser(who);
            let cookie = |[origin, name, value]: &[String; 3]| CookieView {
                origin: origin.clone(),
                name: name.clone(),
                value: value.clone(),
            };
            let session = self.key_of(who).and_then(|key| self.app.sessions.get(&key));
            let pending = session.map_or(&[][..], |session| &session.pending);
            let pending = pending.iter().map(|it| PendingView {
                issuer: it.facts.issuer.clone(),
                state: it.facts.state.clone(),
            });
            BrowserView {
                who,
                url: browser.url.clone(),
                view: browser.view.clone(),
                cookies: browser.jar.iter().map(cookie).collect(),
                pending: pending.collect(),
            }
        };
        Person::ALL.map(view).into()
    }

    /// Where the machines are, as far as the hosts of both sides see them.
    fn states(&self) -> Vec<MachineState> {
        let mut all = Vec::new();
        let mut add = |machine: Machine, of: Actor, state: grantflow::states::State| {
            all.push(MachineState { machine: machine.name(), of, state: state.name() });
        };
        for who in Person::ALL {
            let session = self.key_of(who).and_then(|key| self.app.sessions.get(&key));
            if let Some(state) = session.and_then(|session| session.login) {
                add(Machine::Login, who.actor(), state);
            }
            if let Some(state) = self.provider.interaction(who.actor()) {
                add(Machine::Interaction, who.actor(), state);
            }
            let cookie = self.browser(who).jar.header(AS);
            if self.provider.session(cookie, self.now).is_some() {
                add(Machine::Browser, who.actor(), grantflow::states::State::SignedIn);
            }
        }
        for (_, found) in self.provider.records() {
            if let Record::Grant(grant) = &found.record {
                add(Machine::Grant, Actor::As, grant.phase.state());
            }
        }
        all
    }

    pub(crate) fn browser(&self, who: Person) -> &Browser {
        match who {
            Person::Alice => &self.alice,
            Person::Eve => &self.eve,
        }
    }

    pub(crate) fn browser_mut(&mut self, who: Person) -> &mut Browser {
        match who {
            Person::Alice => &mut self.alice,
            Person::Eve => &mut self.eve,
        }
    }

    /// Under which key the app keeps what is a browser's; `None` if it has nothing.
    pub(crate) fn key_of(&self, who: Person) -> Option<String> {
        match self.app.kind {
            AppKind::Public => Some(who.subject().into()),
            AppKind::Confidential => {
                self.browser(who).jar.value(crate::cast::APP, crate::backend::COOKIE)
            }
        }
    }
}

/// Adds bytes so that no two lists of them look alike.
fn add(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(bytes);
}

pub(crate) fn find_mut(exchanges: &mut [Exchange], id: u32) -> Option<&mut Exchange> {
    exchanges.get_mut(usize::try_from(id).ok()?.checked_sub(1)?)
}
