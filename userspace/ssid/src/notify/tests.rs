// SPDX-License-Identifier: GPL-2.0-only

//! Tests with real commands.

use std::time::Instant;

use ssi_protocol::Buckets;
use tokio::time::sleep;

use super::*;

const K: u32 = 64;

/// A file for a cluster, in a folder of its own, whose notification does this.
struct Place {
    folder: PathBuf,
    config: Config,
}

impl Place {
    fn new(name: &str, script: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("ssid-notify-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("web.toml");
        let out = folder.join("out");
        let text = format!(
            "name = \"web\"\nvips = [\"192.0.2.10/32\", \"2001:db8::10\"]\ninterface = \"eth0\"\nbuckets = {K}\n[daemon]\n\
             engine = \"alone\"\nnotify-command = [\"/bin/sh\", \"-c\", \"exec >>{}; {script}\"]\n\
             [[node]]\nname = \"n1\"\nrank = 0\n",
            out.display()
        );
        fs::write(&path, text).unwrap();
        let config = Config::read(path.to_str(), Some("n1")).unwrap();
        Self { folder, config }
    }

    fn out(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join("out")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    async fn until(&self, mut is_so: impl FnMut(&[String]) -> bool) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let out = self.out();
            if is_so(&out) {
                return out;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{out:?}");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn some(list: impl IntoIterator<Item = u32>) -> Buckets {
    Buckets::of(K, list)
}

fn held<'a>(owned: &'a Buckets, draining: &'a Buckets) -> Held<'a> {
    Held {
        owned,
        draining,
        master: false,
    }
}

#[tokio::test]
async fn a_command_gets_what_has_changed() {
    let place = Place::new(
        "one",
        "echo $SSI_EVENTS:$SSI_GAINED:$SSI_COLD:$SSI_LOST:$SSI_OWNED:$SSI_VIPS",
    );
    let (none, before, after) = (some([]), some([1]), some([2, 3]));
    let mut notifier = Notifier::new(&place.config, &held(&before, &none));
    notifier.look(&held(&before, &none));
    notifier.note(&Action::Kernel(KernelCommand::SetTable {
        generation: 2,
        owned: after.clone(),
        cold: some([3]),
        lease_until: ssi_protocol::Time(0),
        sticking: ssi_protocol::Clients::default(),
        stick: (some([]), ssi_protocol::Clients::default()),
    }));
    notifier.look(&held(&after, &before));
    let out = place.until(|out| !out.is_empty()).await;
    assert_eq!(out, ["gained lost:2-3:3:1:2-3:192.0.2.10 2001:db8::10"]);
    notifier.look(&held(&after, &none));
    let out = place.until(|out| out.len() > 1).await;
    assert_eq!(out[1], "drained::::2-3:192.0.2.10 2001:db8::10");
    assert_eq!(notifier.failed(), None);
}

#[tokio::test]
async fn what_comes_while_one_runs_is_gathered_and_nobody_waits() {
    let place = Place::new("many", "sleep 0.2; echo $SSI_GAINED $SSI_OWNED");
    let none = some([]);
    let mut notifier = Notifier::new(&place.config, &held(&none, &none));
    let begun = Instant::now();
    for n in 1..K {
        let owned = some(0..n);
        notifier.look(&held(&owned, &none));
        tokio::task::yield_now().await;
    }
    assert!(
        begun.elapsed() < Duration::from_millis(150),
        "{:?}",
        begun.elapsed()
    );
    // One runs, one waits, and the last is given when that has begun.
    let last = some(0..K - 1);
    let mut out = Vec::new();
    for _ in 0..1000 {
        notifier.look(&held(&last, &none));
        sleep(Duration::from_millis(20)).await;
        out = place.out();
        if out.last().is_some_and(|line| line.ends_with(" 0-62")) {
            break;
        }
    }
    assert!((2..=4).contains(&out.len()), "{out:?}");
    let first = out[0].split(' ').next().unwrap();
    assert_eq!(first, "0", "the first one is told at once");
}

#[tokio::test]
async fn one_that_fails_is_told_until_one_does_not() {
    let place = Place::new("bad", "echo x; test $SSI_MASTER = yes");
    let none = some([]);
    let mut notifier = Notifier::new(&place.config, &held(&none, &none));
    let owned = some([1]);
    notifier.look(&held(&owned, &none));
    place.until(|out| out.len() == 1).await;
    let begun = Instant::now();
    while notifier.failed().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        sleep(Duration::from_millis(10)).await;
    }
    let sentence = notifier.failed().unwrap();
    assert!(sentence.starts_with("notify: /bin/sh: "), "{sentence}");
    notifier.look(&Held {
        master: true,
        ..held(&owned, &none)
    });
    while notifier.failed().is_some() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn a_unit_is_started_for_the_cluster_and_has_a_file() {
    let unit = instance("ssi-nfs@.service", "web-1.a");
    assert_eq!(unit, "ssi-nfs@web-1.a.service");
    assert_eq!(
        start(&unit),
        ["systemctl", "start", "--", "ssi-nfs@web-1.a.service"]
    );
    let path = std::env::temp_dir().join(format!("ssid-notify-{}.notify", std::process::id()));
    let variables = [
        ("SSI_CLUSTER", "web".to_owned()),
        ("SSI_VIPS", "192.0.2.10 2001:db8::10".to_owned()),
    ];
    write(&path, &variables).unwrap();
    // As a shell reads it, too.
    let script = format!(". {}; echo $SSI_CLUSTER, $SSI_VIPS", path.display());
    let shell = std::process::Command::new("sh")
        .args(["-c", &script])
        .output();
    assert_eq!(shell.unwrap().stdout, b"web, 192.0.2.10 2001:db8::10\n");
    fs::remove_file(&path).unwrap();
}
