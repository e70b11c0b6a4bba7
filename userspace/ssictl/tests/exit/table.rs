// SPDX-License-Identifier: GPL-2.0-only

//! The table "Exit status" of `Documentation/reference.md`: commands, run where what they name is as they say.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

const PAGE: &str = include_str!("../../../../Documentation/reference.md");
const WEB: &str = "name = \"web\"\nvips = [\"192.0.2.10/32\"]\ninterface = \"eth0\"\n[daemon]\nengine = \"alone\"\n\
                   [[node]]\nname = \"n1\"\nrank = 0\n";
/// What ssid of these clusters answers.
const DAEMONS: [(&str, &str); 3] = [
    ("well", r#"{"status":{"cluster":"well","node":"n1"}}"#),
    (
        "ill",
        r#"{"status":{"cluster":"ill","node":"n1","trouble":["n2 is gone"]}}"#,
    ),
    ("refused", r#"{"refused":"it does not"}"#),
];

/// A command and its status.
struct Row {
    command: String,
    status: i32,
}

fn rows() -> Vec<Row> {
    let (_, section) = PAGE.split_once("\n### Exit status\n").unwrap();
    let section = section.split("\n### ").next().unwrap();
    let mut all = Vec::new();
    for line in section.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [_, commands, status] = cells[..] else {
            panic!("{line}");
        };
        let Ok(status) = status.parse() else {
            continue;
        };
        let commands = commands.split('`').skip(1).step_by(2);
        all.extend(commands.map(|command| Row {
            command: command.to_owned(),
            status,
        }));
    }
    all
}

/// A folder with files, and daemons that answer; a socket's path is short.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ssi-exit-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("run")).unwrap();
    fs::write(folder.join("web.toml"), WEB).unwrap();
    fs::write(folder.join("wrong.toml"), "name = 7\n").unwrap();
    for (cluster, answer) in DAEMONS {
        let listener = UnixListener::bind(folder.join(format!("run/{cluster}.sock"))).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                let _ = writeln!(stream, "{answer}");
            }
        });
    }
    folder
}

/// Runs all commands of these programs, each of which has some; how a program is run is words.
pub fn ends_as_the_page_says(programs: &[(&str, &[&str])]) {
    let folder = folder();
    let rows = rows();
    for (program, run) in programs {
        let mut count = 0;
        for row in &rows {
            let words: Vec<&str> = row.command.split_whitespace().collect();
            let set = words.iter().take_while(|word| is_variable(word)).count();
            if words.get(set) != Some(program) {
                continue;
            }
            let mut command = Command::new(run[0]);
            command.args(&run[1..]).args(&words[set + 1..]);
            let variables = words[..set].iter().filter_map(|word| word.split_once('='));
            command.envs(variables);
            let ended = there(&mut command, &folder).output().unwrap();
            let said = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(
                ended.status.code(),
                Some(row.status),
                "{}: {said}",
                row.command
            );
            count += 1;
        }
        assert!(count > 0, "{program}: no example");
    }
    fs::remove_dir_all(folder).unwrap();
}

fn is_variable(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// It sees nothing of this machine but its programs.
fn there<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    for (name, place) in [
        ("SSI_RUN", "run"),
        ("SSI_STATE", "state"),
        ("SSI_MODULES", "modules"),
        ("SSI_SYS", "sys"),
        ("SSI_ETC", "etc"),
        ("SSI_COPIES", "copies"),
    ] {
        command.env(name, folder.join(place));
    }
    command.current_dir(folder).stdin(Stdio::null())
}
