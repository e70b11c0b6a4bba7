// SPDX-License-Identifier: GPL-2.0-only

//! Check by a program's exit status.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{self, Child};
use tokio::time::timeout;

use crate::health::outcome::{Outcome, reason};

mod output;

use output::Output;

/// When a program has ended, its output is there already; only children that it left keep the pipe open.
const GRACE: Duration = Duration::from_millis(100);

/// A program that is run again and again, never twice at a time.
pub struct Command {
    command: Vec<String>,
    /// One that was killed and has not ended yet.
    killed: Option<Group>,
}

impl Command {
    /// A program and its arguments. Nothing is started yet.
    pub const fn new(command: Vec<String>) -> Self {
        Self {
            command,
            killed: None,
        }
    }

    /// Runs it. What takes longer than the limit is killed, with its children. That may take its time as well, as
    /// for a program that waits for storage that is gone: no other one is begun until then.
    pub async fn run(&mut self, limit: Duration) -> Outcome {
        self.run_with(&[], limit).await
    }

    /// The same, with more in its environment.
    pub async fn run_with(
        &mut self,
        environment: &[(&'static str, String)],
        limit: Duration,
    ) -> Outcome {
        if let Some(killed) = &mut self.killed {
            if timeout(limit, killed.0.wait()).await.is_err() {
                return Outcome::bad("the command does not end, though it was killed");
            }
            self.killed = None;
        }
        match self.start(environment) {
            Ok(mut group) => {
                if let Ok(outcome) = timeout(limit, group.outcome()).await {
                    return outcome;
                }
                group.kill();
                self.killed = Some(group);
                Outcome::bad(format_args!("the command did not end within {limit:?}"))
            }
            Err(why) => Outcome::bad(why),
        }
    }

    fn start(&self, environment: &[(&'static str, String)]) -> Result<Group, String> {
        let (program, arguments) = self.command.split_first().ok_or("the command is empty")?;
        process::Command::new(program)
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map(Group)
            .map_err(|e| format!("cannot start '{program}': {}", reason(&e)))
    }
}

/// A program and its children. They are killed when this is dropped, and the program is reaped by the runtime.
struct Group(Child);

impl Group {
    /// Waits for the end. A program that closes its output and goes on is waited for as well.
    async fn outcome(&mut self) -> Outcome {
        let mut output = Output::of(&mut self.0);
        let ended = tokio::select! {
            ended = self.0.wait() => ended,
            () = output.read() => self.0.wait().await,
        };
        // All of it was read unless children go on to write.
        let _ = timeout(GRACE, output.read()).await;
        match ended {
            Ok(status) => outcome(status, output.first_line()),
            Err(e) => Outcome::bad(format_args!("the command is lost: {}", reason(&e))),
        }
    }

    fn kill(&self) {
        // It has a number as long as it is not reaped, and only so long the number is surely its own.
        let number = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = number.and_then(Pid::from_raw) {
            // It fails when all have ended by themselves.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

fn outcome(status: ExitStatus, output: Option<String>) -> Outcome {
    match output {
        Some(output) if status.success() => Outcome::good(output),
        Some(output) => Outcome::bad(format_args!("{output} ({status})")),
        None => Outcome::of(status.success(), status),
    }
}

#[cfg(test)]
mod tests;
