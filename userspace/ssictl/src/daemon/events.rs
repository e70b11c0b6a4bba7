// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl events`: what happens in a cluster, a line each, as it happens.

use std::os::fd::AsFd;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssid_api::{Answer, Ask, Event};

use crate::daemon::Place;
use crate::monitor::{signals, wait};
use crate::output::{Output, Text};

/// Shows events until it is interrupted, or the reader or the daemon has gone.
pub fn run(output: Output, name: Option<&str>) -> Result<(), Failure> {
    let place = Place::find(name)?;
    let interrupted = signals()?;
    let mut client = place.ask(&Ask::Events)?;
    while client.is_ready() || wait(&[client.as_fd()], &interrupted, None)? {
        match place.answer(&mut client)? {
            Answer::Event(event) => output.line(&Line(event))?,
            other => return Err(place.unfit(&other)),
        }
    }
    Ok(())
}

/// An event as it is shown.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Line(pub Event);

impl Text for Line {
    fn text(&self) -> String {
        let Event {
            at,
            kind,
            node,
            text,
        } = &self.0;
        let node = node.as_deref().unwrap_or("-");
        format!("{}  {kind:<9}  {node:<8}  {text}\n", utc(*at))
    }
}

/// Milliseconds since 1970 as `2026-11-24T06:11:20.123Z`.
fn utc(at: u64) -> String {
    // No clock goes further: the year 9999 has 253,402,300,799,999.
    let at = Duration::from_millis(at.min(253_402_300_799_999));
    humantime::format_rfc3339_millis(UNIX_EPOCH + at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(node: Option<&str>) -> Event {
        Event {
            at: 1_795_500_680_123,
            kind: "check".into(),
            node: node.map(str::to_owned),
            text: "http fails: connection refused".into(),
        }
    }

    #[test]
    fn lines() {
        assert_eq!(
            Line(event(Some("n1"))).text(),
            "2026-11-24T06:11:20.123Z  check      n1        http fails: connection refused\n"
        );
        let whole = Line(event(None)).text();
        assert!(whole.contains("  check      -         http"), "{whole}");
        assert_eq!(utc(u64::MAX), "9999-12-31T23:59:59.999Z");
    }
}
