// SPDX-License-Identifier: GPL-2.0-only

//! Output of a check's program.

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdout};

/// So many bytes are kept; the rest is read, so that the program goes on, and forgotten.
const KEPT: usize = 4096;
/// The most characters of a line.
const LINE: usize = 200;

/// What it writes to its standard output and error output.
pub struct Output {
    out: Pipe<ChildStdout>,
    error: Pipe<ChildStderr>,
}

struct Pipe<R> {
    /// `None` once it has ended.
    from: Option<R>,
    kept: Vec<u8>,
}

impl Output {
    /// Takes a child's pipes.
    pub fn of(child: &mut Child) -> Self {
        Self {
            out: Pipe::new(child.stdout.take()),
            error: Pipe::new(child.stderr.take()),
        }
    }

    /// Reads until both have ended. What was read stays when this is not waited for any longer.
    pub async fn read(&mut self) {
        tokio::join!(self.out.read(), self.error.read());
    }

    /// The first line with something on it, of its output or else of its error output.
    pub fn first_line(&self) -> Option<String> {
        line(&self.out.kept).or_else(|| line(&self.error.kept))
    }
}

impl<R: AsyncRead + Unpin> Pipe<R> {
    const fn new(from: Option<R>) -> Self {
        let kept = Vec::new();
        Self { from, kept }
    }

    async fn read(&mut self) {
        let mut buffer = [0; KEPT];
        while let Some(from) = &mut self.from {
            match from.read(&mut buffer).await {
                Ok(length) if length > 0 => {
                    let room = KEPT.saturating_sub(self.kept.len());
                    let kept = buffer.get(..length.min(room)).unwrap_or_default();
                    self.kept.extend_from_slice(kept);
                }
                _ => self.from = None,
            }
        }
    }
}

fn line(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    Some(line.chars().take(LINE).map(printable).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_to_show() {
        assert_eq!(line(b""), None);
        assert_eq!(
            line(b" \n\t\n  all \x1b[1mwell\xff  \nmore"),
            Some("all  [1mwell\u{fffd}".into())
        );
        assert_eq!(line(&[b'x'; KEPT]), Some("x".repeat(LINE)));
    }
}
