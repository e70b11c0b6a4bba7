// SPDX-License-Identifier: GPL-2.0-only

//! What the kernel hears on the clients' network that does not go with this cluster, such as another host that claims an address,
//! or a node of an old, static cluster.

use logic::agreement::Differences;
use ssi_netlink::spec::Difference;

use crate::agent::Agent;
use crate::log_kind::LogKind;

/// Kernels compare what they have at one moment. Who is master and who has which buckets the daemons agree on, and while that
/// changes it may look like a difference for some seconds.
const OWN: [Difference; 3] = [Difference::Master, Difference::NoMaster, Difference::Owned];

impl Agent {
    /// In what the kernel does not agree with others by now.
    pub(super) fn differs(&mut self, differs: Differences) {
        let disagreement = sentence(differs);
        if disagreement == self.disagreement {
            return;
        }
        let said = disagreement.clone();
        let text = said.unwrap_or_else(|| "the kernel agrees with all that it hears again".into());
        self.notice(LogKind::Agreement, Some(self.settings.me), text);
        self.disagreement = disagreement;
    }
}

fn sentence(differs: Differences) -> Option<String> {
    let others = differs.iter().filter(|one| !OWN.contains(one));
    let names: Vec<&str> = others.map(Difference::name).collect();
    (!names.is_empty()).then(|| {
        format!(
            "somebody on the clients' network does not go with this cluster ({}): \"ssictl peers\" says who and what to do",
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_daemons_agree_on_is_no_news() {
        let own = OWN.into_iter().fold(Differences::NONE, Differences::with);
        assert_eq!(sentence(own), None);
        let said = sentence(own.with(Difference::Claimed).with(Difference::Vip)).unwrap();
        assert!(
            said.contains("(vip, claimed)") || said.contains("(claimed, vip)"),
            "{said}"
        );
    }
}
