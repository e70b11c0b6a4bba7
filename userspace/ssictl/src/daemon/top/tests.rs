// SPDX-License-Identifier: GPL-2.0-only

//! Screens as they were looked at.

use crossterm::style::Attribute;
use ssid_api::Status;

use super::*;
use crate::daemon::sample;
use crate::daemon::top::state::Sort;

/// What is drawn on a screen of this size.
fn drawn(view: &View<'_>, width: u16, height: u16) -> Canvas {
    let mut canvas = Canvas::new(width, height);
    screen::draw(&mut canvas, view);
    canvas
}

/// Its text, each line without its spaces at the end.
fn text(canvas: &Canvas) -> String {
    let mut text = String::new();
    for line in canvas.lines() {
        let line: String = line.iter().filter_map(|cell| cell.character).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// A view of a cluster without loads, before any key.
fn view<'a>(status: &'a Status, state: &'a State, colours: Colours) -> View<'a> {
    View {
        status,
        heat: None,
        notice: None,
        state,
        colours,
    }
}

#[test]
fn claim_12_loads_of_nodes_and_buckets_on_screens_of_any_size() {
    let (well, ill) = (sample::well(), sample::ill());
    let heat = sample::heat(&well);
    let cursor = State {
        cursor: 70,
        sort: Sort::Packets,
        is_help: false,
    };
    for (name, status, colours, width, height) in [
        ("top-80x24", &ill, Colours::None, 80, 24),
        ("top-80x24-colours", &well, Colours::Sixteen, 80, 24),
        ("top-120x40", &well, Colours::Sixteen, 120, 40),
        ("top-60x16", &ill, Colours::None, 60, 16),
        ("top-too-small", &well, Colours::None, 59, 16),
    ] {
        let heat = Some(&heat);
        let view = View {
            heat,
            ..view(status, &cursor, colours)
        };
        sample::is_as_looked_at(name, &text(&drawn(&view, width, height)));
    }
}

#[test]
fn many_nodes_many_buckets() {
    let mut status = sample::well();
    for number in 4..=40 {
        let mut node = status.nodes[2].clone();
        node.name = format!("store-{number}");
        status.nodes.push(node);
    }
    status.buckets = 65_536;
    let heat = sample::heat(&status);
    let state = State {
        cursor: 65_535,
        ..State::default()
    };
    let view = View {
        heat: Some(&heat),
        ..view(&status, &state, Colours::None)
    };
    sample::is_as_looked_at("top-many", &text(&drawn(&view, 80, 24)));
}

#[test]
fn help_and_what_is_not_known() {
    let status = sample::alone();
    let state = State {
        is_help: true,
        ..State::default()
    };
    let view = View {
        notice: Some("no news from ssid for 5 s"),
        ..view(&status, &state, Colours::None)
    };
    sample::is_as_looked_at("top-help", &text(&drawn(&view, 80, 24)));
}

#[test]
fn the_cursor_and_the_owners_are_seen_by_their_style() {
    let status = sample::well();
    let heat = sample::heat(&status);
    let state = State {
        cursor: 2,
        ..State::default()
    };
    for colours in [Colours::None, Colours::Sixteen, Colours::Many] {
        let view = View {
            heat: Some(&heat),
            ..view(&status, &state, colours)
        };
        let screen = drawn(&view, 80, 24);
        let (left, row) = (heat::MARGIN, 8);
        let at = |bucket: u16| screen.at(left + bucket / 2, row).unwrap().style;
        assert!(at(2).attributes.has(Attribute::Reverse), "{colours:?}");
        assert!(!at(0).attributes.has(Attribute::Reverse));
        if colours != Colours::None {
            let look = |bucket| (at(bucket).foreground_color, at(bucket).background_color);
            // The same node has every sixth bucket; 64 to 79 are hot.
            assert_eq!(look(0), look(6));
            assert_ne!(look(0), look(4));
            assert_eq!(look(66), look(72));
            assert_ne!(look(66), look(68));
        }
    }
}

/// Nothing panics and nothing is written beside the screen, whatever there is to be shown.
#[test]
fn any_size_and_any_status() {
    let mut strange = sample::ill();
    strange.nodes.clear();
    strange.view = None;
    let mut short = sample::heat(&sample::well());
    short.owners = vec![Some(9); 3];
    short.load = vec![u64::MAX; 3];
    for status in [sample::well(), sample::alone(), strange, Status::default()] {
        for heat in [
            sample::heat(&sample::well()),
            short.clone(),
            ssid_api::Heat::default(),
        ] {
            for (width, height) in [(0, 0), (1, 1), (60, 16), (61, 200), (300, 16), (80, 24)] {
                for colours in [Colours::None, Colours::Many] {
                    let state = State {
                        cursor: u32::MAX,
                        ..State::default()
                    };
                    let view = View {
                        heat: Some(&heat),
                        ..view(&status, &state, colours)
                    };
                    drawn(&view, width, height);
                }
            }
        }
    }
}
