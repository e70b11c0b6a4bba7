// SPDX-License-Identifier: GPL-2.0-only

//! Colours of nodes and how loads look, by what the terminal can.

use crossterm::style::{Color, ContentStyle as Style, Stylize as _};

/// What the terminal can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// None: a node is a letter, and a hot cell's is a capital.
    None,
    /// Sixteen: load is a shade.
    Sixteen,
    /// 256: load is brightness.
    Many,
}

/// Of nodes, as far as they go. Red is for what is wrong.
const SIXTEEN: [Color; 10] = [
    Color::DarkGreen,
    Color::DarkYellow,
    Color::DarkBlue,
    Color::DarkMagenta,
    Color::DarkCyan,
    Color::White,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
];
/// The same as red, green and blue from 0 to 5.
const MANY: [[u8; 3]; 10] = [
    [0, 5, 0],
    [5, 4, 0],
    [2, 3, 5],
    [5, 1, 5],
    [0, 5, 5],
    [5, 5, 5],
    [3, 5, 2],
    [5, 3, 1],
    [3, 2, 5],
    [5, 3, 4],
];
/// How bright a level is, of 5.
const BRIGHT: [u8; 5] = [0, 1, 2, 3, 5];
const SHADES: [&str; 5] = ["·", "░", "▒", "▓", "█"];
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
/// The highest level whose letter is small.
const COOL: u8 = 2;

impl Colours {
    /// By the usual variables.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let has = |name| variable(name).filter(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        if has("NO_COLOR").is_some() || matches!(term.as_str(), "" | "dumb" | "vt100" | "vt220") {
            Self::None
        } else if term.contains("256color") || has("COLORTERM").is_some() {
            Self::Many
        } else {
            Self::Sixteen
        }
    }

    /// How a node of this place in the file looks, at full load.
    pub fn node(self, place: usize) -> (String, Style) {
        match self {
            Self::None => (letter(place).to_uppercase(), Style::new()),
            Self::Sixteen => ("█".to_owned(), Style::new().with(sixteen(place))),
            Self::Many => ("█".to_owned(), Style::new().with(many(place, 4))),
        }
    }

    /// How a cell looks, by its node and its load.
    pub fn cell(self, place: Option<usize>, level: u8) -> (String, Style) {
        let Some(place) = place else {
            return ("?".to_owned(), self.wrong());
        };
        match self {
            Self::None if level > COOL => (letter(place).to_uppercase(), Style::new()),
            Self::None => (letter(place).to_owned(), Style::new()),
            Self::Sixteen => {
                let shade = SHADES.get(usize::from(level)).copied();
                (
                    shade.unwrap_or("█").to_owned(),
                    Style::new().with(sixteen(place)),
                )
            }
            // The colour is behind the cell, so that no font leaves gaps. Without load, it is a dot.
            Self::Many if level == 0 => ("·".to_owned(), Style::new().with(many(place, 2))),
            Self::Many => (" ".to_owned(), Style::new().on(many(place, level))),
        }
    }

    /// The cell that the cursor is on: how it looked, and how it does.
    pub fn cursor(self, (text, style): (String, Style)) -> (String, Style) {
        match (self, style.background_color) {
            (Self::Many, Some(_)) => ("X".to_owned(), style.with(Color::AnsiValue(231)).bold()),
            _ => (text, style.reverse()),
        }
    }

    /// What is wrong.
    pub fn wrong(self) -> Style {
        self.coloured(Color::DarkRed).bold()
    }

    /// What is well.
    pub fn well(self) -> Style {
        self.coloured(Color::DarkGreen)
    }

    /// A bar of so much in a hundred.
    pub fn strain(self, percent: u32) -> Style {
        match percent {
            ..75 => Style::new(),
            75..90 => self.coloured(Color::DarkYellow),
            _ => self.coloured(Color::DarkRed),
        }
    }

    fn coloured(self, colour: Color) -> Style {
        match self {
            Self::None => Style::new(),
            _ => Style::new().with(colour),
        }
    }
}

fn letter(place: usize) -> &'static str {
    let at = place.checked_rem(LETTERS.len()).unwrap_or(0);
    LETTERS.get(at..=at).unwrap_or("?")
}

fn sixteen(place: usize) -> Color {
    let at = place.checked_rem(SIXTEEN.len()).unwrap_or(0);
    SIXTEEN.get(at).copied().unwrap_or(Color::White)
}

fn many(place: usize, level: u8) -> Color {
    let at = place.checked_rem(MANY.len()).unwrap_or(0);
    let full = MANY.get(at).copied().unwrap_or_default();
    let bright = BRIGHT.get(usize::from(level)).copied().unwrap_or(5);
    let [red, green, blue] = full.map(|part| (part * bright + 2) / 5);
    Color::AnsiValue(16 + 36 * red + 6 * green + blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each once.
    fn different<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
        let mut found = Vec::new();
        for one in all {
            if !found.contains(&one) {
                found.push(one);
            }
        }
        found
    }

    #[test]
    fn what_the_terminal_can() {
        let of = |variables: &[(&str, &str)]| {
            Colours::of_environment(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("TERM", "xterm-256color")]), Colours::Many);
        assert_eq!(of(&[("TERM", "linux")]), Colours::Sixteen);
        assert_eq!(
            of(&[("TERM", "foot"), ("COLORTERM", "truecolor")]),
            Colours::Many
        );
        assert_eq!(
            of(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]),
            Colours::None
        );
        assert_eq!(of(&[("TERM", "xterm"), ("NO_COLOR", "")]), Colours::Sixteen);
        assert_eq!(of(&[("TERM", "vt220")]), Colours::None);
        assert_eq!(of(&[]), Colours::None);
    }

    #[test]
    fn nodes_and_levels_look_different() {
        for (colours, levels, nodes) in [
            (Colours::None, 2, 26),
            (Colours::Sixteen, 5, 10),
            (Colours::Many, 5, 10),
        ] {
            let node = different((0..30).map(|place| colours.node(place)));
            assert_eq!(node.len(), nodes);
            for place in 0..nodes {
                let cell = different((0..5).map(|level| colours.cell(Some(place), level)));
                assert_eq!(cell.len(), levels, "{colours:?} {place}");
                let hot = (0..nodes)
                    .filter(|other| colours.cell(Some(*other), 4) == colours.cell(Some(place), 4));
                assert_eq!(hot.count(), 1);
                for level in 0..5 {
                    let cell = colours.cell(Some(place), level);
                    assert_ne!(colours.cursor(cell.clone()), cell);
                    assert_ne!(colours.cell(None, level).0, cell.0);
                }
            }
        }
    }

    #[test]
    fn without_colours_there_is_none() {
        let none = Colours::None;
        let styles = [
            none.wrong(),
            none.well(),
            none.strain(99),
            none.cell(None, 4).1,
        ];
        assert!(
            styles
                .iter()
                .all(|style| style.foreground_color.is_none() && style.background_color.is_none())
        );
        assert_ne!(Colours::Sixteen.strain(99), Colours::Sixteen.strain(0));
    }
}
