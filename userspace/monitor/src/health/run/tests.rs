// SPDX-License-Identifier: GPL-2.0-only

//! Checks of services that fall and rise.

use std::time::Instant;

use ssi_cluster::file::check::Kind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::*;

const AMPLE: Duration = Duration::from_secs(30);

fn check(kind: Kind, rise: u32, fall: u32) -> Check {
    Check {
        name: "web".into(),
        kind,
        interval: Duration::from_millis(10),
        timeout: AMPLE,
        rise,
        fall,
        then: Then::Drain,
        nodes: None,
    }
}

/// Nobody runs commands apart.
fn nobody() -> &'static Path {
    Path::new("/nowhere")
}

fn shell(script: &str) -> Kind {
    Kind::Command(["sh", "-c", script].map(str::to_owned).to_vec())
}

async fn next(reports: &mut mpsc::Receiver<Report>) -> Report {
    timeout(AMPLE, reports.recv()).await.unwrap().unwrap()
}

/// A service that answers with one status after the other, and then closes its port.
async fn scripted(statuses: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for status in statuses {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
        }
    });
    url
}

#[tokio::test]
async fn a_service_that_falls_and_rises_is_reported_when_there_is_something_new() {
    const OK: &str = "200 OK";
    const NO: &str = "503 Service Unavailable";
    let url = scripted(&[OK, NO, NO, OK, NO, NO, NO, OK, NO, OK, OK, OK]).await;
    let (sender, mut reports) = mpsc::channel(9);
    let _running = run([check(Kind::Http(url.clone()), 2, 3)], &sender, nobody());
    let expected = [
        (true, OK),
        (true, NO),
        (true, OK),
        (true, NO),
        (false, NO),
        (false, OK),
        (false, NO),
        (false, OK),
        (true, OK),
    ];
    for (good, status) in expected {
        let text = format!("{url} answers {status}");
        let (name, then) = ("web".into(), Then::Drain);
        let expected = Report {
            name,
            good,
            text,
            then,
        };
        assert_eq!(next(&mut reports).await, expected);
    }
    let last = next(&mut reports).await;
    assert!(
        last.good && last.text.ends_with("Connection refused"),
        "{last:?}"
    );
    assert!(!next(&mut reports).await.good);
}

#[tokio::test]
async fn a_service_that_is_down_at_the_start_is_bad_at_once() {
    let url = scripted(&[]).await;
    let (sender, mut reports) = mpsc::channel(9);
    let _running = run([check(Kind::Http(url), 2, 1000)], &sender, nobody());
    assert!(!next(&mut reports).await.good);
}

#[tokio::test]
async fn a_check_never_overlaps_itself_and_one_that_hangs_holds_up_no_other() {
    let lock = std::env::temp_dir().join(format!("ssi-health-{}-lock", std::process::id()));
    let lock = lock.display();
    // The text is another each time, so each run is reported.
    let alone = shell(&format!(
        "mkdir {lock} && sleep 0.03 && rmdir {lock} && date +%N"
    ));
    let hangs = check(shell("sleep 600"), 1, 1);
    let (sender, mut reports) = mpsc::channel(9);
    let _running = run([hangs, check(alone, 1, 1)], &sender, nobody());
    let began = Instant::now();
    for _ in 0..10 {
        let report = next(&mut reports).await;
        assert!(report.good, "{report:?}");
    }
    assert!(began.elapsed() >= Duration::from_millis(10 * 30));
}

#[tokio::test]
async fn checks_end_when_nobody_listens_any_more_or_they_are_dropped() {
    let (sender, mut reports) = mpsc::channel(1);
    let mut running = run([check(shell("exit 0"), 1, 1)], &sender, nobody());
    next(&mut reports).await;
    drop(reports);
    timeout(AMPLE, running.0.join_next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();

    let (sender, mut reports) = mpsc::channel(1);
    let running = run([check(shell("date +%N"), 1, 1)], &sender, nobody());
    drop(sender);
    next(&mut reports).await;
    drop(running);
    // The channel ends with the last task.
    timeout(AMPLE, async { while reports.recv().await.is_some() {} })
        .await
        .unwrap();
}

#[test]
fn jitter_is_a_tenth_either_way() {
    let second = Duration::from_secs(1);
    assert_eq!(jittered(second, 0.0), Duration::from_millis(900));
    assert_eq!(jittered(second, 0.5), second);
    assert!(jittered(second, 1.0) <= Duration::from_millis(1100));
    assert!(jittered(Duration::MAX, 1.0) < Duration::from_secs(2 * 24 * 60 * 60));
}
