// SPDX-License-Identifier: GPL-2.0-only

//! The terminal while `top` draws on it: as it was before once this is gone, also where the program breaks.

use std::io::{self, Stdout, Write as _, stdout};
use std::panic;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::{Attribute, ContentStyle, Print, ResetColor, SetAttribute, SetStyle};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode, size,
};
use crossterm::{execute, queue};

use crate::daemon::top::canvas::{Canvas, Cell};

/// The terminal.
pub struct Terminal {
    out: Stdout,
    /// What is on it.
    drawn: Option<Canvas>,
}

impl Terminal {
    /// Takes it over.
    pub fn open() -> io::Result<Self> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |why| {
            restore();
            before(why);
        }));
        enable_raw_mode()?;
        let mut terminal = Self {
            out: stdout(),
            drawn: None,
        };
        execute!(terminal.out, EnterAlternateScreen, Hide)?;
        Ok(terminal)
    }

    /// Columns and lines.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        size()
    }

    /// Draws what is other than before.
    pub fn draw(&mut self, canvas: Canvas) -> io::Result<()> {
        let same =
            |drawn: &Canvas| (drawn.width(), drawn.height()) == (canvas.width(), canvas.height());
        let before = self.drawn.take().filter(same);
        if before.is_none() {
            queue!(self.out, ResetColor, Clear(ClearType::All))?;
        }
        let mut before = before.iter().flat_map(Canvas::lines);
        for (y, line) in (0u16..).zip(canvas.lines()) {
            if before.next() != Some(line) {
                write_line(&mut self.out, y, line)?;
            }
        }
        self.out.flush()?;
        self.drawn = Some(canvas);
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

fn write_line(out: &mut Stdout, y: u16, line: &[Cell]) -> io::Result<()> {
    queue!(out, MoveTo(0, y))?;
    let mut style = None;
    for cell in line {
        let Some(character) = cell.character else {
            continue;
        };
        if style != Some(cell.style) {
            style = Some(cell.style);
            set_style(out, cell.style)?;
        }
        queue!(out, Print(character))?;
    }
    set_style(out, ContentStyle::new())
}

fn set_style(out: &mut Stdout, style: ContentStyle) -> io::Result<()> {
    queue!(
        out,
        SetAttribute(Attribute::Reset),
        ResetColor,
        SetStyle(style)
    )
}

fn restore() {
    // There is nobody to tell.
    let _ = execute!(stdout(), Show, LeaveAlternateScreen);
    let _ = disable_raw_mode();
}
