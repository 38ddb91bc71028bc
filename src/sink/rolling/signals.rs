//! Signals on which a rolling file's path is opened anew.

use super::builder::RollingError;
use super::handle::Requests;
use signal_hook::SigId;
use signal_hook::consts::FORBIDDEN;
use std::sync::Arc;

/// The signals that a rolling file listens to, as long as it lives.
#[derive(Debug, Default)]
pub(super) struct Signals(Vec<SigId>);

impl Signals {
    pub(super) fn listen(signals: &[i32], requests: &Requests) -> Result<Self, RollingError> {
        let mut listening = Self::default();
        for &signal in signals {
            let wrong = |reason| RollingError::Signal { signal, reason };
            if FORBIDDEN.contains(&signal) {
                return Err(wrong(std::io::ErrorKind::InvalidInput.into()));
            }
            let flag = Arc::clone(requests.reopen_flag());
            listening.0.push(signal_hook::flag::register(signal, flag).map_err(wrong)?);
        }
        Ok(listening)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.0.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}
