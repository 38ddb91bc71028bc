//! logforth: its asynchronous appender over its file appender, by way of `log`; a bound of 100,000 lines and
//! `overflow_block`, so that nothing is lost and memory stays bounded (the default is unbounded).

use log::info;
use logforth::append::asynchronous::AsyncBuilder;
use logforth::append::file::FileBuilder;
use logforth::bridge::log::LogBridge;
use logforth::layout::TextLayout;
use ringlog_compare::{Outcome, Peer, Setup, in_turn, run};
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

    #[inline(always)]
    fn m1(&self, number: u64, quantity: u64, price: f64) {
        info!("order {} qty {} px {}", number, quantity, price);
    }

    #[inline(always)]
    fn m1_in_turn(&self, turn: u64, number: u64, quantity: u64, price: f64) {
        in_turn!(turn, info!("order {} qty {} px {}", number, quantity, price));
    }

    #[inline(always)]
    fn m2(&self, symbol: &str, id: u64) {
        info!("symbol {} id {}", symbol, id);
    }

    #[inline(always)]
    fn m3(&self) {
        info!("nothing to add");
    }

    fn finish(self) -> Outcome<()> {
        log::logger().flush();
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Logforth>()
}
