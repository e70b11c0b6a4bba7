// SPDX-License-Identifier: GPL-2.0-only

//! State that keys change: the cursor, the order of nodes, the help.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ssid_api::NodeStatus;

use crate::daemon::top::grid::Grid;

/// By what nodes are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// As in the file.
    #[default]
    File,
    /// The most packets first.
    Packets,
    /// The most connections first.
    Connections,
    /// The busiest processors first.
    Cpu,
    /// The greatest pressure first.
    Pressure,
}

impl Sort {
    /// What comes first, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Packets => "packets",
            Self::Connections => "connections",
            Self::Cpu => "cpu",
            Self::Pressure => "pressure",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::File => Self::Packets,
            Self::Packets => Self::Connections,
            Self::Connections => Self::Cpu,
            Self::Cpu => Self::Pressure,
            Self::Pressure => Self::File,
        }
    }

    /// The nodes in this order, each with its place in the file.
    pub fn sorted(self, nodes: &[NodeStatus]) -> Vec<(usize, &NodeStatus)> {
        let mut sorted: Vec<(usize, &NodeStatus)> = nodes.iter().enumerate().collect();
        let load = |node: &NodeStatus| match self {
            Self::File => 0,
            Self::Packets => node.packets,
            Self::Connections => node.connections,
            Self::Cpu => node.cpu.into(),
            Self::Pressure => node.pressure.into(),
        };
        // Stable: equal ones stay as in the file.
        sorted.sort_by_key(|(_, node)| std::cmp::Reverse(load(node)));
        sorted
    }
}

/// What a key leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Then {
    /// It goes on.
    Stay,
    /// That was enough.
    End,
}

/// What the keys have done.
#[derive(Debug, Default)]
pub struct State {
    /// The bucket that the cursor is on.
    pub cursor: u32,
    /// The order of nodes.
    pub sort: Sort,
    /// Whether the help is shown.
    pub is_help: bool,
}

impl State {
    /// Does what a key is for.
    pub fn key(&mut self, key: KeyEvent, grid: Option<&Grid>) -> Then {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c' | 'd') if is_control => return Then::End,
            // It closes what is on top first.
            KeyCode::Char('q') | KeyCode::Esc if self.is_help => self.is_help = false,
            KeyCode::Char('q') | KeyCode::Esc => return Then::End,
            KeyCode::Char('h' | '?') => self.is_help = !self.is_help,
            KeyCode::Char('s') => self.sort = self.sort.next(),
            code => {
                if let Some(grid) = grid {
                    self.cursor = moved(self.cursor, code, grid);
                }
            }
        }
        Then::Stay
    }
}

fn moved(cursor: u32, code: KeyCode, grid: &Grid) -> u32 {
    let row = grid.per.saturating_mul(grid.columns.into());
    let last = grid.buckets.saturating_sub(1);
    let forth = |step: u32| match cursor.saturating_add(step) {
        to if to <= last => to,
        _ => cursor,
    };
    let back = |step: u32| cursor.checked_sub(step).unwrap_or(cursor);
    match code {
        KeyCode::Left => back(grid.per),
        KeyCode::Right => forth(grid.per),
        KeyCode::Up => back(row),
        KeyCode::Down => forth(row),
        KeyCode::Home => 0,
        KeyCode::End => last,
        _ => cursor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::sample;

    fn press(state: &mut State, code: KeyCode) -> Then {
        let grid = Grid::new(1024, 64, 8).unwrap();
        assert_eq!((grid.per, grid.columns), (2, 64));
        state.key(KeyEvent::from(code), Some(&grid))
    }

    #[test]
    fn the_cursor_stays_on_the_map() {
        let mut state = State::default();
        for (code, cursor) in [
            (KeyCode::Left, 0),
            (KeyCode::Up, 0),
            (KeyCode::Right, 2),
            (KeyCode::Down, 130),
            (KeyCode::Left, 128),
            (KeyCode::Up, 0),
            (KeyCode::End, 1023),
            (KeyCode::Right, 1023),
            (KeyCode::Down, 1023),
            (KeyCode::Home, 0),
            (KeyCode::Char('x'), 0),
        ] {
            assert_eq!(press(&mut state, code), Then::Stay);
            assert_eq!(state.cursor, cursor, "{code:?}");
        }
    }

    #[test]
    fn ends_and_helps() {
        let mut state = State::default();
        press(&mut state, KeyCode::Char('h'));
        assert!(state.is_help);
        assert_eq!(press(&mut state, KeyCode::Char('q')), Then::Stay);
        assert!(!state.is_help);
        assert_eq!(press(&mut state, KeyCode::Esc), Then::End);
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(state.key(interrupt, None), Then::End);
        let letter = KeyEvent::from(KeyCode::Char('c'));
        assert_eq!(state.key(letter, None), Then::Stay);
    }

    #[test]
    fn sorts() {
        let mut status = sample::well();
        status.nodes[1].connections = 500;
        status.nodes[0].pressure = 9;
        let mut state = State::default();
        for first in ["n1", "n3", "n2", "n3", "n1", "n1"] {
            let (place, node) = state.sort.sorted(&status.nodes)[0];
            assert_eq!(node.name, first, "{:?}", state.sort);
            assert_eq!(status.nodes[place].name, first);
            press(&mut state, KeyCode::Char('s'));
        }
    }
}
