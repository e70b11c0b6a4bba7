// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's directory in sysfs, `/sys/class/net/DEV/ssi-NAME`.
//!
//! What is read comes from the cluster itself, which is replaced whole and never changed, so that a
//! reader takes a lock for as long as it takes to get a reference. What is written goes the way of
//! the netlink family's requests, but for the RTNL, which is not waited for.

use core::{
    ffi::CStr,
    fmt::Write, //
};

use kernel::{
    alloc::KVVec,
    error::{
        code,
        Error,
        Result, //
    },
    new_spinlock,
    prelude::*,
    sync::{
        Arc,
        SpinLock, //
    },
};

use crate::{
    abstractions::{
        device::{
            Device,
            Net, //
        },
        hook::Kind,
        rtnl::Rtnl,
        sysfs::{
            Directory,
            File,
            LongFile,
            NotDone,
            Object, //
        },
        time_namespace::ahead,
        vec, //
    },
    cluster::{
        change::{
            self,
            Change,
            Generation, //
        },
        observer,
        Cluster, //
    },
    logic::{
        counter::Counter,
        owned,
        text::{
            attribute::{
                Attribute,
                ForwardLink,
                Room,
                Shown,
                ADOPTING,
                DRAINING,
                FILES,
                OWNED, //
            },
            window::Window, //
        }, //
    }, //
};

/// Before the cluster's name: other names in an interface's directory are others'.
const PREFIX: &CStr = c"ssi-";

static ATTRIBUTES: [File<View>; FILES.len()] = attributes();
static LONG: [LongFile<View>; 3] = [long(&OWNED), long(&DRAINING), long(&ADOPTING)];
static STATISTICS: [File<View>; Counter::COUNT + Counter::FORMER.len()] = statistics();

const fn attributes() -> [File<View>; FILES.len()] {
    let mut files = [attribute(&FILES[0]); FILES.len()];
    let mut at = 1;
    while at < files.len() {
        files[at] = attribute(&FILES[at]);
        at += 1;
    }
    files
}

const fn attribute(attribute: &'static Attribute) -> File<View> {
    File::new(attribute.name, mode(attribute), Which::Attribute(attribute))
}

const fn long(attribute: &'static Attribute) -> LongFile<View> {
    LongFile::new(attribute.name, mode(attribute), Which::Attribute(attribute))
}

const fn mode(attribute: &Attribute) -> u16 {
    match (attribute.secret, attribute.is_tunable()) {
        (true, _) => 0o600,
        (false, true) => 0o644,
        (false, false) => 0o444,
    }
}

const fn statistics() -> [File<View>; Counter::COUNT + Counter::FORMER.len()] {
    let mut files = [counter(0); Counter::COUNT + Counter::FORMER.len()];
    let mut at = 1;
    while at < Counter::COUNT {
        files[at] = counter(at);
        at += 1;
    }
    let mut former = 0;
    while former < Counter::FORMER.len() {
        let (name, counter) = Counter::FORMER[former];
        files[Counter::COUNT + former] = File::new(name, 0o444, Which::Counter(counter.index()));
        former += 1;
    }
    files
}

const fn counter(at: usize) -> File<View> {
    File::new(Counter::FILES[at], 0o444, Which::Counter(at))
}

/// A cluster's directory, from `new` to drop.
pub(crate) struct Files {
    view: Arc<View>,
    // Dropped in this order.
    _statistics: Directory<View>,
    _attributes: Directory<View>,
}

impl Files {
    /// Makes it.
    pub(crate) fn new(device: Device, hook: Kind, cluster: Arc<Cluster>) -> Result<Self> {
        let name = cluster.name;
        let name = CStr::from_bytes_with_nul(name.as_bytes_with_nul()).map_err(|_| code::EINVAL)?;
        let view = pin_init!(View {
            device,
            hook,
            cluster <- new_spinlock!(cluster.clone()),
        });
        let view = Arc::pin_init(view, GFP_KERNEL_ACCOUNT)?;
        let attributes = Directory::of_device(device, (PREFIX, name), &view, &ATTRIBUTES, &LONG)?;
        Ok(Self {
            _statistics: attributes.inside(c"statistics", &STATISTICS)?,
            _attributes: attributes,
            view,
        })
    }
}

impl observer::View for Files {
    fn update(&self, mut cluster: Arc<Cluster>) {
        core::mem::swap(&mut *self.view.cluster.lock(), &mut cluster);
        // What was shown is dropped here, where the lock is no longer held.
    }
}

/// What the files of a cluster show.
#[pin_data]
struct View {
    device: Device,
    hook: Kind,
    #[pin]
    cluster: SpinLock<Arc<Cluster>>,
}

/// A file.
#[derive(Clone, Copy)]
enum Which {
    /// An entry of the table of attributes.
    Attribute(&'static Attribute),
    /// A counter.
    Counter(usize),
}

impl View {
    fn cluster(&self) -> Arc<Cluster> {
        self.cluster.lock().clone()
    }

    /// The namespace, if whoever runs may change its network. The interface stays in it for as long
    /// as somebody is inside a file.
    fn net_of_admin(&self) -> Result<Net> {
        let net = self.device.net().ok_or(code::ENODEV)?;
        if !net.is_callers() {
            return Err(code::EPERM);
        }
        Ok(net)
    }
}

impl Object for View {
    type File = Which;

    fn read(&self, file: &Which, from: usize, page: &mut [u8]) -> Result<usize> {
        let cluster = self.cluster();
        let mut window = Window::new(from, page);
        // That the window is full is no failure.
        let _ = match file {
            Which::Attribute(attribute) => {
                if attribute.secret {
                    self.net_of_admin()?;
                }
                let shown = Shown {
                    config: &cluster.config,
                    generation: cluster.generation,
                    owned: &cluster.owned,
                    moving: &cluster.moving,
                    connections: cluster.buckets.connections(),
                    lease: cluster.buckets.lease().by_clock(ahead()),
                    hook: match self.hook {
                        Kind::RxHandler => "rx-handler",
                        Kind::Ingress => "ingress",
                    },
                    link: cluster.link.as_ref().map(|link| ForwardLink {
                        ifindex: link.ifindex,
                        master: link.state.master().map(|master| master.node_mac),
                        flooded: link.state.is_flooded(),
                        key_id: link.trust.as_ref().map(|trust| trust.id()),
                    }),
                };
                attribute.show(&shown, &mut window)
            }
            Which::Counter(at) => {
                let count = cluster.counters.counts().get(*at).copied();
                writeln!(window, "{}", count.unwrap_or(0))
            }
        };
        Ok(window.taken())
    }

    fn write(&self, file: &Which, text: &[u8]) -> Result<(), NotDone> {
        let Which::Attribute(attribute) = file else {
            return Err(code::EACCES.into());
        };
        let net = self.net_of_admin()?;
        // Where somebody has it, nothing is made ready in vain again and again.
        drop(Rtnl::try_lock().ok_or(NotDone::Again)?);
        let cluster = self.cluster();
        let mut bits = KVVec::new();
        if core::ptr::eq(*attribute, &OWNED) {
            let length = owned::len(cluster.config.buckets);
            bits = vec::zeros(length).map_err(Error::from)?;
        }
        let mut room = Room::new(&mut bits);
        let proposal = attribute.set(text, &cluster.config, &mut room)?;
        let change = Change::of(Generation::Next, proposal);
        let Some(ready) = change.ready(cluster.clone())? else {
            return Ok(());
        };
        let mut rtnl = Rtnl::try_lock().ok_or(NotDone::Again)?;
        match change::put(&mut rtnl, net, ready, true)? {
            true => Ok(()),
            false => Err(NotDone::Again),
        }
    }
}
