// SPDX-License-Identifier: GPL-2.0-only

//! `/metrics`, on an address of this machine's own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::room::Room;

/// What OpenMetrics calls its text.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PAUSE: Duration = Duration::from_millis(100);
/// A client has its answer within this time, or none.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many at once.
const CLIENTS: usize = 32;
/// A request's head is no longer than this; a scraper's has some hundred bytes.
const HEAD: usize = 16 * 1024;

/// Somebody wants the figures.
pub type Scrape = oneshot::Sender<String>;

/// Listens at an address.
///
/// # Errors
///
/// In a sentence, where it is taken or none of this machine's.
pub async fn open(address: SocketAddr) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|e| format!("metrics {address}: {e}; see ss -tlnp for who has it"))
}

/// Serves for ever: each client has one request, and is asked for it at once.
pub async fn serve(listener: TcpListener, scrapes: mpsc::Sender<Scrape>) {
    let mut room = Room::new(CLIENTS);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of files, most likely: others have to end first.
            sleep(PAUSE).await;
            continue;
        };
        let scrapes = scrapes.clone();
        room.admit(async move {
            let service = service_fn(|request| answer(request, scrapes.clone()));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .keep_alive(false)
                .max_buf_size(HEAD)
                .serve_connection(TokioIo::new(stream), service);
            // A client that breaks off is none of ours.
            let _ = timeout(PATIENCE, connection).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    scrapes: mpsc::Sender<Scrape>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let with = |status: StatusCode, text: String| {
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        response
    };
    if request.uri().path() != "/metrics" {
        return Ok(with(
            StatusCode::NOT_FOUND,
            "the figures are at /metrics\n".into(),
        ));
    }
    if request.method() != Method::GET {
        return Ok(with(StatusCode::METHOD_NOT_ALLOWED, String::new()));
    }
    let (to, from) = oneshot::channel();
    let asked = scrapes.send(to).await.is_ok();
    match from.await {
        Ok(text) if asked => {
            let mut response = with(StatusCode::OK, text);
            if let Ok(kind) = TEXT.parse() {
                response.headers_mut().insert(CONTENT_TYPE, kind);
            }
            Ok(response)
        }
        _ => Ok(with(
            StatusCode::SERVICE_UNAVAILABLE,
            "ssid is ending\n".into(),
        )),
    }
}
