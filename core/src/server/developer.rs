//! A developer registers apps, sees them, has their secrets made anew, and removes them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use self::form::{app, problem};
use super::client::{Client, SecretHash};
use super::declare::{self, Declaration};
use super::handle::Call;
use super::login::{self, Login, Visit};
use super::page::{App, AppForm, DeveloperPage, FormProblem, Page, RegisteredPage};
use super::policy::Registration;
use super::record::{Key, Record, Versioned};
use super::token::MOST_ROUNDS;
use super::turn::{AfterRead, AfterSwap, Expect, Read, Swap, Swapped, Turn, found};
use super::{path, reply};
use crate::entropy::Entropy;
use crate::secret::Secret;
use crate::states::{Effect, Event};
use crate::wire::form::Form;
use crate::wire::http::{Method, Request};
use crate::wire::registration::{AuthMethod, ClientMetadata};

mod form;

/// Most apps of one developer; a page that lists them reads each.
pub const MOST_APPS: usize = 50;

/// What the developer wants.
pub(crate) enum Wish {
    /// To see the apps, perhaps after a form that was wrong.
    List { problem: Option<FormProblem>, typed: AppForm },
    /// To have this app. It is listed before it is stored, so that nobody has more than the list
    /// holds; an app that is listed and not there is not shown.
    Add { client: Box<Client>, client_secret: Option<Secret> },
    /// To have this secret for this app, and the one before it ended.
    Rotate { client_id: String, client_secret: Secret },
    /// To be rid of this app.
    Remove { client_id: String },
}

/// Reads what the developer wants.
pub(crate) fn begin<'s>(
    call: Call<'s>,
    request: &Request,
    entropy: &Entropy,
    login: Option<Login>,
) -> Turn<'s> {
    let form = match request.method {
        Method::Get | Method::Head => None,
        Method::Post => match login::own_form(&call, request) {
            Some(form) => Some(form),
            None => return reply::forbidden(&call),
        },
        Method::Put | Method::Delete | Method::Options | Method::Other => {
            return reply::wrong_method(&call, "GET, POST");
        }
    };
    let Some(login) = login else {
        return login::show(&call, &Visit::Developer, String::new(), None);
    };
    let Some(form) = form else {
        return list(call, login, Wish::List { problem: None, typed: AppForm::default() });
    };
    if login::open_form(&call, form.field("interaction"), &login, path::DEVELOPER).is_none() {
        return reply::forbidden(&call);
    }
    match form.field("action") {
        "create" => create(call, login, &form, entropy),
        "rotate" => {
            let (_, client_secret) = declare::credentials(entropy);
            let client_id = form.field("client_id").into();
            list(call, login, Wish::Rotate { client_id, client_secret })
        }
        "remove" => list(call, login, Wish::Remove { client_id: form.field("client_id").into() }),
        _ => reply::forbidden(&call),
    }
}

fn create<'s>(call: Call<'s>, login: Login, form: &Form, entropy: &Entropy) -> Turn<'s> {
    let typed = AppForm {
        name: form.field("name").into(),
        redirect_uris: form.field("redirect_uris").into(),
        public: form.field("kind") == "public",
    };
    let (client_id, secret) = declare::credentials(entropy);
    let method = if typed.public { AuthMethod::None } else { AuthMethod::ClientSecretBasic };
    let said = Declaration {
        client_id,
        client_secret: (!typed.public).then_some(secret),
        metadata: ClientMetadata {
            client_name: Some(typed.name.clone()),
            redirect_uris: typed.redirect_uris.split_whitespace().map(Into::into).collect(),
            token_endpoint_auth_method: Some(method),
            ..ClientMetadata::default()
        },
        is_trusted: true,
    };
    match Client::declare(&said, call.now) {
        Ok(client) => {
            let client_secret = said.client_secret;
            list(call, login, Wish::Add { client: client.into(), client_secret })
        }
        Err(error) => {
            let problem = Some(problem(error, &said.metadata.redirect_uris));
            list(call, login, Wish::List { problem, typed })
        }
    }
}

/// The app is being stored, for the first time or with another secret, or marked as removed.
pub(crate) enum AwaitingAppSwap<'s> {
    /// Its secret is in the page, and is shown only if the store has its hash.
    Show { call: Call<'s>, page: RegisteredPage },
    Remove {
        call: Call<'s>,
        login: Login,
        wish: Wish,
        /// The list without the app, and where it belongs.
        left: (Vec<String>, Expect),
    },
}

impl<'s> AwaitingAppSwap<'s> {
    pub(crate) const fn event(&self) -> Event {
        match self {
            Self::Show { page, .. } if page.is_new => Event::Create,
            Self::Show { .. } => Event::Rotate,
            Self::Remove { .. } => Event::Remove,
        }
    }

    pub(crate) const fn emits(&self) -> Effect {
        match self {
            Self::Show { .. } => Effect::AppPage,
            Self::Remove { .. } => Effect::Proceed,
        }
    }

    pub(crate) fn resume(self, swapped: Swapped) -> Turn<'s> {
        match (swapped, self) {
            (Swapped::Held, Self::Show { page, .. }) => reply::show(Page::Registered(page), 200),
            (Swapped::Held, Self::Remove { call, login, wish, left }) => {
                store(call, login, wish, left, 0)
            }
            // A secret that nobody saw may be the app's now; whoever asks again gets one that is.
            (
                Swapped::Lost | Swapped::Unknown,
                Self::Show { call, .. } | Self::Remove { call, .. },
            ) => reply::unavailable(&call),
        }
    }
}

/// Asks the store for the list of apps.
fn list(call: Call<'_>, login: Login, wish: Wish) -> Turn<'_> {
    list_again(call, login, wish, 0)
}

fn list_again(call: Call<'_>, login: Login, wish: Wish, rounds: u8) -> Turn<'_> {
    let key = Key::Developer(login.subject.clone());
    Read::ask(call, key, AfterRead::Apps(AwaitingApps { call, login, wish, rounds }.into()))
}

/// The store is asked which apps the developer has.
pub(crate) struct AwaitingApps<'s> {
    call: Call<'s>,
    login: Login,
    wish: Wish,
    rounds: u8,
}

impl<'s> AwaitingApps<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, login, wish, rounds } = self;
        let (ids, expect) = found(record, Record::apps);
        let mut ids = ids.unwrap_or_default();
        match &wish {
            Wish::List { .. } => {
                ids.reverse();
                AwaitingApp { call, login, wish, left: ids, apps: Vec::new(), expect }.next()
            }
            Wish::Add { .. } if ids.len() >= MOST_APPS => {
                let message = "You have as many apps as one person can have. Remove one first.";
                let problem = Some(FormProblem::of("name", message));
                list(call, login, Wish::List { problem, typed: AppForm::default() })
            }
            Wish::Add { client, .. } => {
                ids.push(client.client_id.clone());
                store(call, login, wish, (ids, expect), rounds)
            }
            Wish::Rotate { client_id, .. } | Wish::Remove { client_id } => {
                if !ids.contains(client_id) {
                    return Turn::Reply(login::back_to(&call, path::DEVELOPER));
                }
                let key = Key::Client(client_id.clone());
                let waiting =
                    AwaitingApp { call, login, wish, left: ids, apps: Vec::new(), expect };
                Read::ask(call, key, AfterRead::App(waiting.into()))
            }
        }
    }
}

fn store(
    call: Call<'_>,
    login: Login,
    wish: Wish,
    (ids, expect): (Vec<String>, Expect),
    rounds: u8,
) -> Turn<'_> {
    let key = Key::Developer(login.subject.clone());
    let next = AwaitingAppsSwap { call, login, wish, rounds };
    Swap::ask(call, (key, expect), Record::Developer(ids), AfterSwap::Apps(next.into()))
}

/// The list of apps is being stored.
pub(crate) struct AwaitingAppsSwap<'s> {
    call: Call<'s>,
    login: Login,
    wish: Wish,
    rounds: u8,
}

impl<'s> AwaitingAppsSwap<'s> {
    pub(crate) const fn event(&self) -> Event {
        match self.wish {
            Wish::Add { .. } => Event::Create,
            Wish::Remove { .. } | Wish::Rotate { .. } | Wish::List { .. } => Event::Remove,
        }
    }

    pub(crate) const fn emits(&self) -> Effect {
        match self.wish {
            Wish::Add { .. } => Effect::Proceed,
            Wish::Remove { .. } | Wish::Rotate { .. } | Wish::List { .. } => Effect::Redirect,
        }
    }

    pub(crate) fn resume(self, swapped: Swapped) -> Turn<'s> {
        let Self { call, login, wish, rounds } = self;
        match (swapped, wish) {
            (Swapped::Held, Wish::Add { client, client_secret }) => {
                let place = (Key::Client(client.client_id.clone()), Expect::Absent);
                let page = RegisteredPage { app: app(&client), client_secret, is_new: true };
                let next = AwaitingAppSwap::Show { call, page };
                Swap::ask(call, place, Record::Client(client), AfterSwap::App(next.into()))
            }
            (Swapped::Held, Wish::Remove { .. } | Wish::Rotate { .. } | Wish::List { .. }) => {
                Turn::Reply(login::back_to(&call, path::DEVELOPER))
            }
            // Another tab changed the list; read it again.
            (Swapped::Lost, wish) if rounds < MOST_ROUNDS => {
                list_again(call, login, wish, rounds + 1)
            }
            (Swapped::Lost | Swapped::Unknown, _) => reply::unavailable(&call),
        }
    }
}

/// The store is asked for one app after the other, or for the one to change.
pub(crate) struct AwaitingApp<'s> {
    call: Call<'s>,
    login: Login,
    wish: Wish,
    left: Vec<String>,
    apps: Vec<App>,
    expect: Expect,
}

impl<'s> AwaitingApp<'s> {
    fn next(mut self) -> Turn<'s> {
        match self.left.pop() {
            Some(client_id) => {
                Read::ask(self.call, Key::Client(client_id), AfterRead::App(self.into()))
            }
            None => self.show(),
        }
    }

    fn show(self) -> Turn<'s> {
        let Self { call, login, wish, apps, .. } = self;
        let (problem, typed) = match wish {
            Wish::List { problem, typed } => (problem, typed),
            Wish::Add { .. } | Wish::Rotate { .. } | Wish::Remove { .. } => {
                (None, AppForm::default())
            }
        };
        let interaction = login::seal_form(&call, &login, path::DEVELOPER, "");
        let policy = &call.server.policy;
        let registers = policy.registration != Registration::Off;
        let page = DeveloperPage {
            interaction,
            username: login.username,
            apps,
            problem,
            typed,
            registration_endpoint: registers.then(|| policy.issuer.endpoint(path::REGISTER)),
        };
        reply::show(Page::Developer(page), 200)
    }

    pub(crate) fn resume(mut self, record: Option<Versioned>) -> Turn<'s> {
        let (client, expect) = found(record, Record::client);
        let client = client.filter(|client| client.is_known(self.call.now));
        match self.wish {
            Wish::List { .. } | Wish::Add { .. } => {
                self.apps.extend(client.as_ref().map(app));
                self.next()
            }
            Wish::Rotate { client_secret, .. } => {
                rotate(self.call, (client, expect), client_secret)
            }
            Wish::Remove { client_id } => {
                self.left.retain(|id| *id != client_id);
                let Self { call, login, left, expect: list_expect, .. } = self;
                let (wish, left) = (Wish::Remove { client_id }, (left, list_expect));
                let Some(client) = client else { return store(call, login, wish, left, 0) };
                let place = (Key::Client(client.client_id.clone()), expect);
                let removed = Client { removed: Some(call.now), ..client };
                let next = AwaitingAppSwap::Remove { call, login, wish, left };
                Swap::ask(call, place, Record::Client(removed.into()), AfterSwap::App(next.into()))
            }
        }
    }
}

/// The secret before it is good no longer once this one is stored; what was granted stays.
fn rotate(call: Call<'_>, (client, expect): (Option<Client>, Expect), secret: Secret) -> Turn<'_> {
    let Some(client) = client.filter(|client| client.secret.is_some()) else {
        return Turn::Reply(login::back_to(&call, path::DEVELOPER));
    };
    let place = (Key::Client(client.client_id.clone()), expect);
    let hash = SecretHash::of(&client.client_id, &secret);
    let client = Client { secret: Some(hash), ..client };
    let page = RegisteredPage { app: app(&client), client_secret: Some(secret), is_new: false };
    let next = AwaitingAppSwap::Show { call, page };
    Swap::ask(call, place, Record::Client(client.into()), AfterSwap::App(next.into()))
}
