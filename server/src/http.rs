//! HTTP in, HTTP out: everything between a socket and the core's values.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use grantflow::server::Show;
use grantflow::server::handle::LONGEST_BODY;
use grantflow::wire::http::{self as wire, Headers, Method};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::set_status::SetStatus;
use tower_http::timeout::TimeoutLayer;
use tracing::{Instrument as _, Span};

use crate::host::{Answer, Host};
use crate::pages;
use crate::store::Store;

/// How long one request may take, slow senders included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Most characters of a path in the log.
const LONGEST_LOGGED: usize = 200;

/// Where supervisors ask whether the process answers: not below the issuer, for it is not about it.
const HEALTH: &str = "/healthz";

/// What browsers ask for unasked. There is none, and that is no error for a console to show.
const ICON: &str = "/favicon.ico";

/// A host, and what it serves beside the core.
#[derive(Debug)]
pub(crate) struct App<S> {
    host: Arc<Host<S>>,
    /// The path of the issuer; everything of ours lies below it.
    base: String,
    demo: Option<Files>,
    /// Who may say for whom a request is.
    proxies: Vec<IpAddr>,
    /// Names requests in the log: a part for the process, and a counter.
    process: u32,
    requests: AtomicU64,
    /// What the log says beside each request.
    span: Span,
}

impl<S: Store> App<S> {
    /// An app that serves static files of `demo`, if there is one.
    pub(crate) fn new(
        host: Arc<Host<S>>,
        demo: Option<&Path>,
        proxies: Vec<IpAddr>,
        process: u32,
    ) -> Self {
        let base = host.serving().server.policy().issuer.path().to_owned();
        let demo = demo.map(|directory| {
            ServeDir::new(directory)
                .redirect_path_prefix(format!("{base}/demo"))
                .not_found_service(ServeFile::new(directory.join("404.html")))
        });
        let requests = AtomicU64::new(0);
        Self { host, base, demo, proxies, process, requests, span: Span::current() }
    }

    /// The service to listen with.
    pub(crate) fn into_router(self) -> Router {
        let nosniff = HeaderValue::from_static("nosniff");
        Router::new()
            .fallback(serve::<S>)
            .with_state(Arc::new(self))
            .layer(SetResponseHeaderLayer::if_not_present(header::X_CONTENT_TYPE_OPTIONS, nosniff))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PATIENCE))
            .layer(CatchPanicLayer::custom(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "")))
    }
}

async fn serve<S: Store>(
    State(app): State<Arc<App<S>>>,
    request: axum::extract::Request,
) -> Response {
    let span = app.span.clone();
    logged(app, request).instrument(span).await
}

/// Answers, and logs that it did: never a query, a header or a body, for they hold secrets.
async fn logged<S: Store>(app: Arc<App<S>>, request: axum::extract::Request) -> Response {
    let started = Instant::now();
    let number = app.requests.fetch_add(1, Ordering::Relaxed);
    let id = format!("{:08x}-{number}", app.process);
    let method = request.method().clone();
    let path: String = request.uri().path().chars().take(LONGEST_LOGGED).collect();
    let mut response = route(&app, request).await;
    let status = response.status().as_u16();
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(request = id, %method, path, status, ms);
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// The path is matched once, as it was sent: nothing is decoded, no slash is added or dropped.
async fn route<S: Store>(app: &App<S>, request: axum::extract::Request) -> Response {
    let local = request.uri().path().strip_prefix(app.base.as_str()).map(str::to_owned);
    let reads = matches!(request.method().as_str(), "GET" | "HEAD");
    if request.uri().path() == HEALTH {
        return if reads { plain(StatusCode::OK, "ok\n") } else { wrong_method() };
    }
    match (local.as_deref(), &app.demo) {
        (Some("/" | ICON | pages::STYLE_PATH), _) if !reads => wrong_method(),
        (Some(pages::STYLE_PATH), _) => style(),
        (Some(ICON), _) => plain(StatusCode::NO_CONTENT, ""),
        (Some("/" | "/demo"), Some(_)) => see_other(&format!("{}/demo/", app.base)),
        (Some("/"), None) => page(StatusCode::OK, pages::index(&app.base)),
        (Some(local), Some(files)) if local.starts_with("/demo/") => {
            let mut response = demo(files.clone(), local, request).await;
            let name = HeaderName::from_static("service-worker-allowed");
            if let Ok(scope) = HeaderValue::try_from(format!("{}/demo/", app.base)) {
                response.headers_mut().insert(name, scope);
            }
            response
        }
        (Some(_) | None, _) => core(app, request).await,
    }
}

/// Hands the request to the core, and its answer back.
async fn core<S: Store>(app: &App<S>, request: axum::extract::Request) -> Response {
    let peer =
        request.extensions().get().map(|ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let peer = sender(peer, request.headers(), &app.proxies);
    let Ok(request) = read(request).await else {
        return plain(StatusCode::BAD_REQUEST, "The request broke off.\n");
    };
    match app.host.answer(&request, peer).await {
        Ok(Answer::Show(show)) => draw(&show, &app.base),
        Ok(Answer::Reply(reply)) => write(reply.status, &reply.headers, reply.body),
        Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "There is no randomness.\n"),
    }
}

/// Whom a request is from: the last in the chain of `X-Forwarded-For` that is no proxy of ours. Anybody
/// can write that header, so only what a proxy of ours has written there counts.
fn sender(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let is_proxy = |address: &IpAddr| proxies.contains(&address.to_canonical());
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let mut chain = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    let mut sender = peer;
    while is_proxy(&sender) {
        // A proxy that does not say for whom is who it is.
        let Some(Ok(before)) = chain.next().map(|address| address.trim().parse()) else { break };
        sender = before;
    }
    sender
}

/// The sender went away, or what it sent is not HTTP.
#[derive(Clone, Copy, Debug)]
struct Broken;

async fn read(request: axum::extract::Request) -> Result<wire::Request, Broken> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(body) => body.to_bytes().into(),
        // The core refuses what is too long; it is not read any further to tell it so.
        Err(error) if error.is::<LengthLimitError>() => vec![0; LONGEST_BODY + 1],
        Err(_) => return Err(Broken),
    };
    let mut headers = Headers::new();
    for (name, value) in &head.headers {
        headers.push(name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()));
    }
    let url = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    // What answers `HEAD` has a body; axum leaves it out and keeps its length.
    let method = Method::parse(head.method.as_str());
    Ok(wire::Request { method, url, headers, body })
}

fn draw(show: &Show, base: &str) -> Response {
    let mut response =
        write(show.status, &show.headers, pages::draw(&show.page, base).into_bytes());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HTML);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(pages::POLICY));
    response
}

/// A header that cannot be written is a fault of ours, and half an answer is none.
fn write(status: u16, headers: &Headers, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    let Ok(status) = StatusCode::from_u16(status) else { return fault() };
    *response.status_mut() = status;
    for (name, value) in headers.iter() {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        else {
            return fault();
        };
        response.headers_mut().append(name, value);
    }
    response
}

fn fault() -> Response {
    tracing::error!("an answer could not be written");
    plain(StatusCode::INTERNAL_SERVER_ERROR, "")
}

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

fn page(status: StatusCode, html: String) -> Response {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HTML);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(pages::POLICY));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn wrong_method() -> Response {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn style() -> Response {
    let mut response = Response::new(Body::from(pages::STYLE));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

fn see_other(location: &str) -> Response {
    let mut response = plain(StatusCode::SEE_OTHER, "");
    match HeaderValue::try_from(location) {
        Ok(location) => {
            response.headers_mut().insert(header::LOCATION, location);
            response
        }
        Err(_) => fault(),
    }
}

/// What static hosts have: files, and a page for where there is none.
type Files = ServeDir<SetStatus<ServeFile>>;

/// A static file of the demo. Its service worker may take all of the demo and none of our pages.
async fn demo(mut files: Files, local: &str, mut request: axum::extract::Request) -> Response {
    let below = local.strip_prefix("/demo").unwrap_or(local);
    let Ok(uri) = Uri::try_from(below) else {
        return plain(StatusCode::NOT_FOUND, "");
    };
    *request.uri_mut() = uri;
    match files.try_call(request).await {
        Ok(response) => {
            let mut response = response.map(Body::new);
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
        Err(error) if is_absence(error.kind()) => plain(StatusCode::NOT_FOUND, ""),
        Err(error) => {
            tracing::error!(%error, "a file of the demo cannot be read");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "")
        }
    }
}

/// Whether there is no such file for those who ask.
fn is_absence(error: ErrorKind) -> bool {
    matches!(
        error,
        ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::NotADirectory
            | ErrorKind::InvalidFilename
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_124_only_a_proxy_of_ours_says_for_whom_it_asks() {
        let address = |text: &str| -> IpAddr { text.parse().unwrap() };
        let proxies = [address("10.0.0.1"), address("10.0.0.2")];
        let asked = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", HeaderValue::try_from(*line).unwrap());
            }
            headers.insert("x-real-ip", HeaderValue::from_static("198.51.100.9"));
            headers.insert("forwarded", HeaderValue::from_static("for=198.51.100.9"));
            sender(address(peer), &headers, &proxies).to_string()
        };
        // Spoofed: by the peer, or by whoever asked the proxy.
        assert_eq!(asked("192.0.2.1", &["198.51.100.9"]), "192.0.2.1");
        assert_eq!(asked("10.0.0.1", &["198.51.100.9, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(asked("10.0.0.1", &["198.51.100.9", "192.0.2.1"]), "192.0.2.1");
        // Said by a proxy, or by two.
        assert_eq!(asked("10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(asked("10.0.0.1", &["192.0.2.1, 10.0.0.2"]), "192.0.2.1");
        assert_eq!(asked("::ffff:10.0.0.1", &["2001:db8::1"]), "2001:db8::1");
        // Nothing that makes sense is nobody.
        assert_eq!(asked("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(asked("10.0.0.1", &["unknown"]), "10.0.0.1");
        assert_eq!(asked("10.0.0.1", &["198.51.100.9, x"]), "10.0.0.1");
    }
}
