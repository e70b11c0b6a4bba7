// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl top`: load per node and a map of the buckets, live.

mod canvas;
mod colour;
mod grid;
mod heat;
mod kernel;
mod nodes;
mod screen;
mod sheet;
mod source;
mod state;
mod terminal;
#[cfg(test)]
mod tests;
mod view;

use std::io::{self, IsTerminal as _, stdin, stdout};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyEventKind};
use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::flag;
use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, place};
use ssi_cluster::system::Live;

use crate::daemon::Place;
use crate::daemon::top::canvas::Canvas;
use crate::daemon::top::colour::Colours;
use crate::daemon::top::kernel::Kernel;
use crate::daemon::top::source::{News, Source};
use crate::daemon::top::state::{State, Then};
use crate::daemon::top::terminal::Terminal;
use crate::daemon::top::view::View;
use crate::only;
use crate::output::Output;

/// How soon news are drawn.
const ROUND: Duration = Duration::from_millis(100);
/// How soon their absence is reported.
const SILENCE: Duration = Duration::from_secs(3);

/// Draws until somebody has seen enough.
pub fn run(output: Output, name: Option<&str>) -> Result<(), Failure> {
    let instead = "ssictl status shows the same once, and ssictl -j status for programs";
    if output.json {
        return Err(Failure::Usage(format!("top has no JSON: {instead}")));
    }
    if !stdout().is_terminal() || !stdin().is_terminal() {
        return Err(Failure::Usage(format!(
            "top draws on a terminal, and this is none: {instead}"
        )));
    }
    // While there is no screen yet, a refusal is a plain sentence.
    let (status, mut source) = begin(name)?;
    let mut shown = Shown::new(status);
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP] {
        flag::register(signal, Arc::clone(&ended)).map_err(failed)?;
    }
    let mut terminal = Terminal::open().map_err(failed)?;
    let result = shown.run(&mut terminal, &mut source, &ended);
    drop(terminal);
    result.map_err(failed)
}

/// The daemon's word, or where there is none and the kernel has the cluster, the kernel's.
fn begin(name: Option<&str>) -> Result<(ssid_api::Status, Source), Failure> {
    let asked = Place::find(name).and_then(|place| Ok((place.status()?, place)));
    let failure = match asked {
        Ok((status, place)) => return Ok((status, Source::start(place))),
        Err(failure) => failure,
    };
    let mut system = Live::default();
    let Ok(name) = only::cluster(&mut system, name) else {
        return Err(failure);
    };
    let path = place::find(Some(&name), Path::new(place::FOLDER));
    let file = path.and_then(|path| ClusterFile::read(&path)).ok();
    let mut kernel = Kernel::new(system, name, file);
    match kernel.look() {
        Ok((status, _)) => Ok((status, Source::of_kernel(kernel))),
        Err(_) => Err(failure),
    }
}

fn failed(error: io::Error) -> Failure {
    Failure::Refused(format!("drawing on the terminal: {error}"))
}

/// What is on the screen.
struct Shown {
    news: News,
    last_news: Instant,
    state: State,
    colours: Colours,
}

impl Shown {
    fn new(status: ssid_api::Status) -> Self {
        Self {
            news: News::new(status),
            last_news: Instant::now(),
            state: State::default(),
            colours: Colours::of_environment(|name| std::env::var(name).ok()),
        }
    }

    fn run(
        &mut self,
        terminal: &mut Terminal,
        source: &mut Source,
        ended: &AtomicBool,
    ) -> io::Result<()> {
        let mut drawn: Option<Instant> = None;
        while !ended.load(Ordering::Relaxed) {
            let mut is_new = source.read(&mut self.news);
            if is_new {
                self.last_news = Instant::now();
            }
            // The time that has passed is drawn too.
            is_new |= drawn.is_none_or(|drawn| drawn.elapsed() >= Duration::from_secs(1));
            if is_new {
                self.draw(terminal)?;
                drawn = Some(Instant::now());
            }
            if !event::poll(ROUND)? {
                continue;
            }
            if let Event::Key(key) = event::read()? {
                let (width, height) = terminal.size()?;
                let grid = screen::grid(&self.news.status, width, height);
                let is_press = key.kind != KeyEventKind::Release;
                if is_press && self.state.key(key, grid.as_ref()) == Then::End {
                    break;
                }
            }
            drawn = None;
        }
        Ok(())
    }

    fn draw(&self, terminal: &mut Terminal) -> io::Result<()> {
        let silence = self.last_news.elapsed();
        let notice = match &self.news.trouble {
            Some(trouble) => Some(trouble.clone()),
            None if silence >= SILENCE => {
                Some(format!("no news from ssid for {} s", silence.as_secs()))
            }
            None => None,
        };
        let view = View {
            status: &self.news.status,
            heat: self.news.heat.as_ref(),
            notice: notice.as_deref(),
            state: &self.state,
            colours: self.colours,
        };
        let (width, height) = terminal.size()?;
        let mut canvas = Canvas::new(width, height);
        screen::draw(&mut canvas, &view);
        terminal.draw(canvas)
    }
}
