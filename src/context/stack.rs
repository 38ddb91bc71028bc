//! The contexts that a thread is in.

use super::{Chain, Context};
use crate::sync::Arc;
use std::cell::RefCell;

/// A context that was entered, and the chain that it made.
struct Entry {
    id: u64,
    chain: Arc<Chain>,
}

struct Stack {
    /// From the outermost in.
    entries: Vec<Entry>,
    /// The last one given; 0 is never one.
    id: u64,
}

std::thread_local! {
    static STACK: RefCell<Stack> = const { RefCell::new(Stack { entries: Vec::new(), id: 0 }) };
}

/// The stack is changing right now, and an allocator that logs asks for it.
#[derive(Debug)]
pub(crate) struct Busy;

/// The chain of the thread's contexts, if it is in any. None, too, in a thread that is about to end.
pub(crate) fn current() -> Result<Option<Arc<Chain>>, Busy> {
    let chain = STACK.try_with(|stack| {
        let stack = stack.try_borrow().map_err(|_| Busy)?;
        Ok(stack.entries.last().map(|entry| Arc::clone(&entry.chain)))
    });
    chain.unwrap_or(Ok(None))
}

/// Puts a context within those that the thread is in; the result is for [`remove`]. `chain` is what this made last
/// time, and what it makes now: within the same contexts it can be used again.
pub(super) fn push(context: &Context, chain: &mut Option<Arc<Chain>>) -> Option<u64> {
    let parent = current().ok()?;
    let chain = match chain {
        Some(chain) if same(chain.parent(), parent.as_ref()) => Arc::clone(chain),
        _ => Arc::clone(chain.insert(Arc::new(Chain::new(parent, context.clone())))),
    };
    STACK
        .try_with(|stack| {
            let mut stack = stack.try_borrow_mut().ok()?;
            stack.id += 1;
            let id = stack.id;
            stack.entries.push(Entry { id, chain });
            Some(id)
        })
        .ok()
        .flatten()
}

/// Takes a context out again. Those that were entered within it and not left yet go on without it.
pub(super) fn remove(id: u64) {
    let removed = STACK.try_with(|stack| {
        let mut stack = stack.try_borrow_mut().ok()?;
        let place = stack.entries.iter().rposition(|entry| entry.id == id)?;
        let removed = stack.entries.remove(place);
        let mut parent = removed.chain.parent().cloned();
        for entry in &mut stack.entries[place..] {
            entry.chain = Arc::new(entry.chain.moved_to(parent));
            parent = Some(Arc::clone(&entry.chain));
        }
        Some(removed)
    });
    // Freed out here, where the stack can be looked at.
    drop(removed);
}

/// Whether two chains are one.
pub(crate) fn same(one: Option<&Arc<Chain>>, other: Option<&Arc<Chain>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
