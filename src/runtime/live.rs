//! A runtime as the ends of a process see it.

use super::Core;
use crate::completion::Completion;
use crate::ends::Live;
use crate::sync::lock;

impl Live for Core {
    /// Also while it shuts down: then it is through when all is drained, or given up.
    fn flush_all(&self) -> Completion {
        if self.registry.is_left_behind() {
            return Completion::closed();
        }
        let (route, ticket) = {
            let topology = lock(&self.topology);
            (topology.all_sinks(), self.signals.tickets.take())
        };
        self.registry.bells.ring_workers();
        Completion::new(self.flushes, self.first_ticket + ticket, route)
    }

    fn leave_behind(&self) {
        self.registry.leave_behind();
    }
}
