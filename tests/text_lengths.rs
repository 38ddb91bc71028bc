//! Texts of every length about the one from which on they are copied by a call, one and several in a record, through a ring that
//! wraps many times.

mod common;

use common::Captured;
use ringlog::{Builder, info, info_async};

#[test]
fn texts_of_every_length_arrive_whole() {
    let captured = Captured::new();
    let sink = captured.sink_with("{message}{fields}");
    Builder::new().ring_capacity(16 << 10).filter("info").sink(sink).init().unwrap();

    let alphabet: String = ('!'..='~').filter(|c| !"\\\"".contains(*c)).cycle().take(400).collect();
    let mut expected = String::new();
    for round in 0..3 {
        for len in 0..=200 {
            let (text, owned) = (&alphabet[..len], alphabet[round..][..200 - len].to_owned());
            let list = [text, &owned];
            info!("{text}|");
            info!("{} {len} {owned}|", text);
            info!(text, len, "{owned:>70}|");
            info!("{list:?}");
            drop(info_async!("{len} {}|", text.trim()));
            expected += &format!("{text}|\n{text} {len} {owned}|\n{owned:>70}| text={text:?} len={len}\n");
            expected += &format!("{list:?}\n{len} {text}|\n");
        }
    }
    ringlog::flush().unwrap();
    let lines = captured.lines();
    assert_eq!(lines.len(), 3 * 201 * 5);
    for (line, expected) in lines.iter().zip(expected.lines()) {
        assert_eq!(line, expected);
    }
}
