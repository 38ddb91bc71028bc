//! logforth: its asynchronous appender over its file appender, by way of `log`; a bound of 100,000 lines and
//! `overflow_block`, so that nothing is lost and memory stays bounded (the default is unbounded).

use log::info;
use logforth::append::asynchronous::AsyncBuilder;
use logforth::append::file::FileBuilder;
use logforth::bridge::log::LogBridge;
use logforth::layout::TextLayout;
use ringlog_compare::{Outcome, Peer, Setup, calls, run};
use std::process::ExitCode;

struct Logforth(());

impl Peer for Logforth {
    fn start(setup: &Setup) -> Outcome<Self> {
        let file =
            FileBuilder::new(setup.folder(), "peer").layout(TextLayout::default().no_color()).build()?;
        let background = AsyncBuilder::new("logforth")
            .buffered_lines_limit(Some(100_000))
            .overflow_block()
            .append(file)
            .build();
        let logger = logforth::core::builder().dispatch(|dispatch| dispatch.append(background)).build();
        log::set_boxed_logger(Box::new(LogBridge::new(logger)))?;
        log::set_max_level(log::LevelFilter::Info);
        Ok(Self(()))
    }

    calls!(info);

    fn finish(self) -> Outcome<()> {
        log::logger().flush();
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Logforth>()
}
