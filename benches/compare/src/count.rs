//! How many of the messages are in the files of a run.

use crate::Outcome;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Lines that end as M1, M2 and M3 do. What else a logger writes (that it has dropped something, say) does
/// not count.
pub(crate) fn messages(folder: &Path) -> Outcome<u64> {
    let mut found = 0;
    let mut line = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Some loggers put a link beside their file.
        if !entry.file_type()?.is_file() {
            continue;
        }
        let mut file = BufReader::with_capacity(1 << 20, File::open(entry.path())?);
        while file.read_until(b'\n', &mut line)? > 0 {
            found += u64::from(is_message(line.trim_ascii_end()));
            line.clear();
        }
    }
    Ok(found)
}

fn is_message(line: &[u8]) -> bool {
    const SECOND: &[u8] = b"symbol a symbol of 24 bytes ... id ";
    if line.ends_with(b"nothing to add") {
        return true;
    }
    let message = line.strip_suffix(b" qty 100 px 12.5").unwrap_or(line);
    let digits = message.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let before = &message[..message.len() - digits];
    digits > 0 && (message.len() < line.len() && before.ends_with(b"order ") || before.ends_with(SECOND))
}

#[cfg(test)]
mod tests {
    use super::is_message;

    #[test]
    fn a_message_is_known_by_its_end() {
        for line in [
            "2026 INFO order 7 qty 100 px 12.5",
            "[main] symbol a symbol of 24 bytes ... id 81",
            "INFO nothing to add",
        ] {
            assert!(is_message(line.as_bytes()), "{line}");
        }
        for line in
            ["", "INFO 3 messages dropped", "order 7 qty 100 px 12", "order  qty 100 px 12.5", "order 7"]
        {
            assert!(!is_message(line.as_bytes()), "{line}");
        }
    }
}
