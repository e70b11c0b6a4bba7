// SPDX-License-Identifier: GPL-2.0-only

//! Actions of the model. Machines, messages and views go by their places in the world.

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// Real time goes on by a step, each clock by its rate.
    Advance,
    /// A program finds out what time it is.
    Tick(usize),
    /// A message arrives.
    Deliver(usize),
    /// A message arrives at all to whom it is on its way.
    Spread(usize),
    /// A message arrives, and will again.
    Repeat(usize),
    /// A message does not arrive now; later, or never.
    Hold(usize),
    /// The engine forms a view of these (a bit for each).
    Form(u8),
    /// A program learns of a view.
    View(usize, usize),
    /// A program does not learn of views for a while.
    Deafen(usize),
    /// It does again.
    Undeafen(usize),
    /// A kernel carries its command out, and its program learns of it.
    Work(usize),
    /// A kernel carries its command out.
    Execute(usize),
    /// A kernel does not do so for a while.
    Stall(usize),
    /// It does again.
    Unstall(usize),
    /// A program gets its kernel's answer.
    Answer(usize),
    /// A kernel's drains end.
    Drained(usize),
    /// Clients that stick to a machine have no sessions there any more.
    LetGo(usize),
    /// A program stands still.
    Pause(usize),
    /// It goes on.
    Resume(usize),
    /// A program ends.
    Crash(usize),
    /// A machine ends.
    Reboot(usize),
    /// A program starts.
    Start(usize),
    /// An operator drains a node, or ends that.
    Drain(usize, bool),
}
