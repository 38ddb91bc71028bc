//! inqjet, with its native macros, which its README calls faster than those of `log`; a buffer of 1 MiB,
//! recommended there for bursts; `Backoff` (the default), which loses nothing; and the default timeout of the
//! archiver. Its "ultra-low latency mode", an archiver that spins, makes calls dearer on cores that share the
//! ring's cache lines. The writer is a `BufWriter`: the archiver flushes it when it has caught up.

use inqjet::{BackpressureMode, ColorMode, InqJetBuilder, InqJetGuard, LevelFilter};
use ringlog_compare::{Outcome, Peer, Setup, calls, run};
use std::fs::File;
use std::io::BufWriter;
use std::process::ExitCode;

struct InqJet(InqJetGuard);

impl Peer for InqJet {
    fn start(setup: &Setup) -> Outcome<Self> {
        let guard = InqJetBuilder::default()
            .with_writer(BufWriter::with_capacity(1 << 16, File::create(setup.file())?))
            .with_log_level(LevelFilter::Info)
            .with_buffer_size(1 << 20)
            .with_color_mode(ColorMode::Never)
            .with_backpressure(BackpressureMode::Backoff)
            .build()?;
        Ok(Self(guard))
    }

    calls!(inqjet::info);

    fn finish(self) -> Outcome<()> {
        drop(self.0);
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<InqJet>()
}
