//! The app: a host of the shipping client, once for each browser that uses it.

use alloc::borrow::Cow;

use grantflow::client::{
    Asked, AwaitingMetadata, Client, Credentials, Error, Farewell, KnownKeys, Profile, Seed, Send,
    Tokens,
};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::path;
use grantflow::states::{Effect, Event, Machine, State};
use grantflow::time::UnixTime;
use grantflow::wire::http::{Request, Response};
use grantflow::wire::json;

use crate::cast::{APP, AS, CALENDAR, CALLBACK, CLIENT_ID, EVIL};
use crate::defence::{Defence, Defences};
use crate::input::{AppKind, Config};
use crate::message::{AppView, Refused, UserView, in_query};
use crate::prelude::*;
use crate::provider::id_of;
use crate::shelf::{Each, Shelf};

/// What the app asks for.
const SCOPE: &str = "openid profile email";

/// The app, with all its sessions.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) kind: AppKind,
    pub(crate) without: Defences,
    issuers: Vec<&'static str>,
    secret: Option<Secret>,
    pub(crate) sessions: Each<Session>,
}

/// What the app keeps for one browser: in its storage, or in a session on the server.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) pending: Vec<Pending>,
    pub(crate) clients: Shelf<Client>,
    pub(crate) known: Shelf<KnownKeys>,
    pub(crate) user: Option<User>,
    pub(crate) tasks: Option<Vec<String>>,
    pub(crate) problem: Option<Refused>,
    pub(crate) job: Option<Job>,
    /// Where the latest login is.
    pub(crate) login: Option<State>,
    /// The message whose answer it waits for.
    pub(crate) waits: Option<u32>,
    /// The request of a browser that it answers once it is through, and whether that is a callback.
    pub(crate) page: Option<(u32, bool)>,
}

/// A login that waits for its callback.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) facts: Facts,
    /// What [`AwaitingCallback::encode`](grantflow::client::AwaitingCallback::encode) wrote.
    pub(crate) record: String,
}

/// What was said when a login began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) issuer: String,
    pub(crate) state: String,
    pub(crate) nonce: String,
}

/// What the app is in the middle of.
#[derive(Debug)]
pub(crate) enum Job {
    Discover { issuer: String, resource: Option<String>, ask: Box<AwaitingMetadata> },
    Finish { facts: Facts, ask: Box<Send>, original: Option<String> },
    Tasks,
    Share,
}

/// Who is signed in.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) tokens: Box<Tokens>,
}

/// What the app does next.
#[derive(Debug)]
pub(crate) enum Act {
    /// Sends a request, and waits for the answer.
    Send(Request),
    /// Sends the browser away.
    Leave(String),
    /// Nothing: it shows where it is.
    Show,
}

impl App {
    pub(crate) fn new(config: &Config, secret: Option<Secret>) -> Self {
        let mut issuers = vec![AS];
        issuers.extend(config.offers_evil.then_some(EVIL));
        Self {
            kind: config.app,
            without: config.without,
            issuers,
            secret,
            sessions: Each::default(),
        }
    }

    pub(crate) fn session(&mut self, key: &str) -> &mut Session {
        self.sessions.of(key)
    }

    pub(crate) fn is_without(&self, defence: Defence) -> bool {
        self.without.contains(defence)
    }

    pub(crate) fn offers(&self, issuer: &str) -> bool {
        self.issuers.contains(&issuer)
    }

    pub(crate) fn view(&self, key: &str) -> AppView {
        let Some(session) = self.sessions.get(key) else {
            return AppView { issuers: self.issuers.clone(), ..AppView::default() };
        };
        AppView {
            user: session.user.as_ref().map(|user| UserView {
                issuer: user.issuer.clone(),
                subject: user.subject.clone(),
                name: user.name.clone(),
            }),
            issuers: self.issuers.clone(),
            tasks: session.tasks.clone(),
            problem: session.problem.clone(),
        }
    }

    /// Begins a login by asking the server what it says of itself.
    pub(crate) fn begin(
        &mut self,
        key: &str,
        (issuer, resource): (&str, Option<String>),
        taken: &mut Vec<String>,
    ) -> Act {
        let credentials = match &self.secret {
            Some(secret) => Credentials::Basic(secret.clone()),
            None => Credentials::Public,
        };
        let profile = Profile::new(issuer, CLIENT_ID, CALLBACK, credentials);
        let session = self.session(key);
        session.problem = None;
        match profile {
            Ok(profile) => {
                let begun = (State::Absent, Event::Begin, State::AwaitingMetadata);
                taken.push(id_of(Machine::Discovery, begun, Effect::Send));
                let ask = Box::new(profile.discover());
                let request = ask.request().clone();
                session.job = Some(Job::Discover { issuer: issuer.into(), resource, ask });
                Act::Send(request)
            }
            Err(error) => session.fail(&error.into()),
        }
    }

    /// Takes the answer that the session waits for.
    pub(crate) fn answer(
        &mut self,
        key: &str,
        response: &Response,
        (now, seed): (UnixTime, [u8; 32]),
        taken: &mut Vec<String>,
    ) -> Act {
        let Some(job) = self.session(key).job.take() else { return Act::Show };
        match job {
            Job::Discover { issuer, resource, ask } => {
                let response = self.quiet(response);
                match ask.answer(&response) {
                    Ok(client) => {
                        let found = (State::AwaitingMetadata, Event::Answer, State::Ready);
                        taken.push(id_of(Machine::Discovery, found, Effect::Nothing));
                        self.leave(key, (client, issuer, resource), (now, seed), taken)
                    }
                    Err(error) => {
                        let failed = (State::AwaitingMetadata, Event::BadAnswer, State::Failed);
                        taken.push(id_of(Machine::Discovery, failed, Effect::Error));
                        self.session(key).fail(&error.into())
                    }
                }
            }
            Job::Finish { facts, ask, original } => {
                self.finish(key, (facts, *ask, original), response, now, taken)
            }
            Job::Tasks => self.session(key).loaded(response),
            Job::Share => Act::Show,
        }
    }

    /// The metadata as it reaches the core: without the promise of `iss` if that is lost.
    fn quiet(&self, response: &Response) -> Response {
        let mut response = response.clone();
        if self.is_without(Defence::Iss) {
            let promise = r#""authorization_response_iss_parameter_supported":true"#;
            let text = String::from_utf8_lossy(&response.body);
            response.body = text.replace(promise, &promise.replace("true", "false")).into_bytes();
        }
        response
    }

    fn leave(
        &mut self,
        key: &str,
        (client, issuer, resource): (Client, String, Option<String>),
        (now, seed): (UnixTime, [u8; 32]),
        taken: &mut Vec<String>,
    ) -> Act {
        let narrows = !self.is_without(Defence::Resource);
        let Ok(scope) = ScopeSet::parse(SCOPE) else { return Act::Show };
        let resources = resource.filter(|_| narrows).into_iter().collect();
        let asked = Asked { resources, ..Asked::of(scope) };
        let redirect = client.login(Seed::new(seed), asked, now);
        let begun = (State::Absent, Event::Begin, State::AwaitingCallback);
        taken.push(id_of(Machine::Login, begun, Effect::Leave));
        let said = |name| in_query(&redirect.url, name).unwrap_or_default();
        let facts = Facts { issuer: issuer.clone(), state: said("state"), nonce: said("nonce") };
        let session = self.session(key);
        session.clients.put(&issuer, client);
        session.pending.push(Pending { facts, record: redirect.login.encode() });
        session.login = Some(State::AwaitingCallback);
        Act::Leave(redirect.url)
    }

    /// Uses the token at the API.
    pub(crate) fn load(&mut self, key: &str) -> Option<Request> {
        self.request(key, &format!("{AS}{}", path::TASKS), Job::Tasks)
    }

    /// Uses the token at the calendar.
    pub(crate) fn share(&mut self, key: &str) -> Option<Request> {
        self.request(key, CALENDAR, Job::Share)
    }

    fn request(&mut self, key: &str, url: &str, job: Job) -> Option<Request> {
        let session = self.session(key);
        let mut request = Request::get(url);
        session.user.as_ref()?.tokens.authorize(&mut request);
        session.job = Some(job);
        Some(request)
    }

    /// Forgets the user, and sends the browser to the server to be signed out there, too.
    pub(crate) fn sign_out(&mut self, key: &str) -> Act {
        let session = self.session(key);
        let Some(user) = session.user.take() else { return Act::Show };
        (session.tasks, session.problem, session.login) = (None, None, None);
        let page = format!("{APP}/");
        let farewell = Farewell { page: &page, state: None };
        let client = session.clients.get(&user.issuer);
        let url = client.and_then(|client| client.logout(&user.tokens, Some(farewell)));
        url.map_or(Act::Show, Act::Leave)
    }
}

impl Session {
    /// The client refused: the session says so, and shows it.
    pub(crate) fn fail(&mut self, error: &Error) -> Act {
        let body = error.oauth();
        let said = body.and_then(|body| body.error_description.clone());
        self.problem = Some(Refused::by_client(error.code(), said));
        Act::Show
    }

    /// The answer was lost, or the browser's rules keep it from the app.
    pub(crate) fn unheard(&mut self) -> Act {
        self.job = None;
        self.problem = Some(Refused::by_client("offline", None));
        Act::Show
    }

    fn loaded(&mut self, response: &Response) -> Act {
        if response.status == 200 {
            let tasks = json::parse(&response.body).ok().and_then(json::Value::array);
            let title =
                |task: json::Value<'_>| task.object()?.get("title")?.string().map(Cow::into_owned);
            self.tasks = Some(tasks.into_iter().flatten().filter_map(title).collect());
        } else {
            self.tasks = None;
            self.problem = Some(Refused::by_client("token_rejected", None));
        }
        Act::Show
    }
}
