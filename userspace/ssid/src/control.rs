// SPDX-License-Identifier: GPL-2.0-only

//! The socket that ssictl asks on: each client has one question, of one line.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ssid_api::{Answer, Ask, Event, Heat, Order, Status};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{interval, timeout};
use tracing::debug;

use crate::room::Room;

/// A question is no longer than this.
const LINE: u64 = 16 * 1024;
/// It comes within this time, and an answer is taken in it.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many at once: people and scripts of root's.
const CLIENTS: usize = 64;
/// How often watchers get the status.
const WATCH: Duration = Duration::from_secs(1);

/// A question for the loop.
pub enum Query {
    /// How things are.
    Status(oneshot::Sender<Status>),
    /// How things are, and the buckets' load.
    Heat(oneshot::Sender<(Status, Heat)>),
    /// Something is to be done.
    Order(Order, oneshot::Sender<Result<(), String>>),
    /// A node is dead.
    ConfirmDead(String, oneshot::Sender<Result<(), String>>),
}

/// The socket, which goes with this.
pub struct Control {
    path: PathBuf,
    listener: UnixListener,
}

impl Drop for Control {
    fn drop(&mut self) {
        // Another daemon may have taken the place of one that was too slow to end: it makes its own.
        let _ = fs::remove_file(&self.path);
    }
}

impl Control {
    /// Listens at `path`, for root and its group. What an earlier daemon left there is removed.
    ///
    /// # Errors
    ///
    /// Where a daemon listens there already, or it cannot be made.
    pub fn open(path: &Path) -> io::Result<Self> {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                "another ssid runs this cluster here",
            ));
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        match fs::remove_file(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o660))?;
        Ok(Self {
            path: path.to_owned(),
            listener,
        })
    }

    /// Serves for ever.
    pub async fn serve(&self, queries: mpsc::Sender<Query>, events: broadcast::Sender<Event>) {
        let mut room = Room::new(CLIENTS);
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let (queries, events) = (queries.clone(), events.subscribe());
                    room.admit(async move {
                        if let Err(e) = answer(stream, queries, events).await {
                            debug!("a client of the control socket has gone: {e}");
                        }
                    });
                }
                // Out of files, most likely: others have to end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

async fn answer(
    stream: UnixStream,
    queries: mpsc::Sender<Query>,
    events: broadcast::Receiver<Event>,
) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(LINE));
    timeout(PATIENCE, reader.read_line(&mut line)).await??;
    let ask = match serde_json::from_str::<Ask>(&line) {
        Ok(ask) => ask,
        Err(e) => {
            return write_answer(
                &mut writer,
                &Answer::Refused(format!("no such question: {e}")),
            )
            .await;
        }
    };
    match ask {
        Ask::Status => {
            let status = asked(&queries, Query::Status).await?;
            write_answer(&mut writer, &Answer::Status(Box::new(status))).await
        }
        Ask::Watch { heat } => watch(&mut writer, &queries, heat).await,
        Ask::Events => send_events(&mut writer, events).await,
        Ask::ConfirmDead { node } => {
            let query = |to| Query::ConfirmDead(node.clone(), to);
            let answer = match asked(&queries, query).await? {
                Ok(()) => Answer::Done,
                Err(why) => Answer::Refused(format!("{node}: {why}")),
            };
            write_answer(&mut writer, &answer).await
        }
        Ask::Order(order) => {
            let answer = match asked(&queries, |to| Query::Order(order, to)).await? {
                Ok(()) => Answer::Done,
                Err(sentence) => Answer::Refused(sentence),
            };
            write_answer(&mut writer, &answer).await
        }
    }
}

async fn watch(
    writer: &mut OwnedWriteHalf,
    queries: &mpsc::Sender<Query>,
    heat: bool,
) -> io::Result<()> {
    let mut clock = interval(WATCH);
    loop {
        clock.tick().await;
        if heat {
            let (status, heat) = asked(queries, Query::Heat).await?;
            write_answer(writer, &Answer::Status(Box::new(status))).await?;
            write_answer(writer, &Answer::Heat(heat)).await?;
        } else {
            let status = asked(queries, Query::Status).await?;
            write_answer(writer, &Answer::Status(Box::new(status))).await?;
        }
    }
}

async fn send_events(
    writer: &mut OwnedWriteHalf,
    mut events: broadcast::Receiver<Event>,
) -> io::Result<()> {
    loop {
        match events.recv().await {
            Ok(event) => write_answer(writer, &Answer::Event(event)).await?,
            Err(broadcast::error::RecvError::Lagged(lost)) => {
                let sentence =
                    format!("{lost} events came faster than they were read and are lost");
                return write_answer(writer, &Answer::Refused(sentence)).await;
            }
            Err(broadcast::error::RecvError::Closed) => return Ok(()),
        }
    }
}

async fn asked<T>(
    queries: &mpsc::Sender<Query>,
    query: impl FnOnce(oneshot::Sender<T>) -> Query,
) -> io::Result<T> {
    let ending = || io::Error::new(io::ErrorKind::ConnectionAborted, "ssid is ending");
    let (to, from) = oneshot::channel();
    queries.send(query(to)).await.map_err(|_| ending())?;
    from.await.map_err(|_| ending())
}

async fn write_answer(writer: &mut OwnedWriteHalf, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    timeout(PATIENCE, writer.write_all(&line)).await?
}
