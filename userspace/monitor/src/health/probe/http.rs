// SPDX-License-Identifier: GPL-2.0-only

//! Check by an HTTP GET.

use std::pin::pin;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::select;

use crate::health::outcome::{Outcome, reason};

const PORT: u16 = 80;

/// A redirect is an answer of a service that is well, and is not followed. Of an answer only its head is read.
pub async fn get(url: &str) -> Outcome {
    match ask(url).await {
        Ok(status) => Outcome::of(
            status.is_success() || status.is_redirection(),
            format_args!("{url} answers {status}"),
        ),
        Err(why) => Outcome::bad(why),
    }
}

async fn ask(url: &str) -> Result<StatusCode, String> {
    let (request, host, port) = request(url).ok_or_else(|| {
        format!("'{url}' is no URL such as http://127.0.0.1/health; only plain HTTP can be checked")
    })?;
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|e| format!("{url} accepts no connection: {}", reason(&e)))?;
    let strange = |e: hyper::Error| format!("{url} does not answer: {e}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(strange)?;
    let mut answer = pin!(sender.send_request(request));
    let answer = select! {
        answer = &mut answer => answer,
        // It may have ended with the answer.
        _ = connection => answer.await,
    };
    Ok(answer.map_err(strange)?.status())
}

/// A URL's request, host and port.
fn request(url: &str) -> Option<(Request<Empty<Bytes>>, String, u16)> {
    let uri: Uri = url.parse().ok()?;
    if uri.scheme_str() != Some("http") {
        return None;
    }
    let host = uri.host()?;
    let named = uri
        .port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let request = Request::get(uri.path_and_query()?.as_str())
        .header(HOST, named)
        .header(CONNECTION, "close")
        .header(USER_AGENT, "ssid")
        .body(Empty::new())
        .ok()?;
    let host = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    Some((request, host, uri.port_u16().unwrap_or(PORT)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use ssi_cluster::file::check::Kind;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::health::probe::Probe;
    use crate::shut;

    /// Answers one request with these bytes, and gives the outcome and the request.
    async fn answered(any: &str, answer: &[u8]) -> (Outcome, String, String) {
        let listener = TcpListener::bind(any).await.unwrap();
        let url = format!("http://{}/health?full=1", listener.local_addr().unwrap());
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(answer).await.unwrap();
            String::from_utf8(request).unwrap()
        };
        let (outcome, request) = tokio::join!(get(&url), serve);
        (outcome, request, url)
    }

    #[tokio::test]
    async fn the_status_decides() {
        for (status, good) in [
            ("200 OK", true),
            ("204 No Content", true),
            ("302 Found", true),
            ("404 Not Found", false),
            ("503 Service Unavailable", false),
        ] {
            // A body that never comes is not waited for.
            let head =
                format!("HTTP/1.1 {status}\r\nlocation: /away\r\ncontent-length: 99\r\n\r\n");
            for any in ["127.0.0.1:0", "[::1]:0"] {
                let (outcome, request, url) = answered(any, head.as_bytes()).await;
                assert_eq!(
                    outcome,
                    Outcome::of(good, format!("{url} answers {status}"))
                );
                assert!(
                    request.starts_with("GET /health?full=1 HTTP/1.1\r\n"),
                    "{request}"
                );
                let at = url.split('/').nth(2).unwrap();
                assert!(request.contains(&format!("host: {at}\r\n")), "{request}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_no_answer() {
        for answer in [
            &b""[..],
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/1.1 200 OK\r\nhalf",
        ] {
            let (outcome, _, url) = answered("127.0.0.1:0", answer).await;
            assert!(!outcome.good);
            assert!(
                outcome
                    .text
                    .starts_with(&format!("{url} does not answer: ")),
                "{outcome:?}"
            );
        }
    }

    #[tokio::test]
    async fn nobody_listens_or_nobody_answers() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let mut probe = Probe::new(
            Kind::Http(url.clone()),
            Duration::from_millis(200),
            Path::new("/nowhere"),
        );
        let late = Outcome::bad(format!("{url} does not answer within 200ms"));
        assert_eq!(probe.run().await, late);
        shut(&listener);
        let refused = Outcome::bad(format!("{url} accepts no connection: Connection refused"));
        assert_eq!(probe.run().await, refused);
    }

    #[tokio::test]
    async fn what_is_no_url() {
        for url in [
            "",
            "/health",
            "127.0.0.1:80",
            "https://127.0.0.1/",
            "http://",
            "http://a b/",
        ] {
            let outcome = get(url).await;
            assert!(
                !outcome.good && outcome.text.contains("is no URL such as"),
                "{outcome:?}"
            );
        }
    }
}
