//! The power that is lost at any moment, and the start after that.

use super::{Place, formats};
use crate::sink::Sink;
use crate::sink::power_loss::{Recorder, line};

const LINES: usize = 14;

#[test]
fn what_was_durable_is_there_once_whenever_the_power_is_lost() {
    for (format, max_size) in formats().into_iter().flat_map(|format| [(format, 50), (format, 10_000)]) {
        let (place, recorder) = (Place::new(), Recorder::default());
        let mut written = 0;
        // The process ends and is started again before anything was synced, and later once more.
        for (until, synced) in [(2, false), (8, true), (LINES, true)] {
            // What a process has written that was ended before a sync, nobody has promised.
            let mut promised = written;
            let mut builder = place.builder().max_size(max_size);
            (builder.format, builder.disk) = (format, recorder.disk());
            let mut file = builder.open().unwrap();
            file.handle().wait_until_tidy();
            while written < until {
                file.write(line(written).as_bytes()).unwrap();
                file.handle().wait_until_tidy();
                written += 1;
                if synced && written % 3 == 0 {
                    file.sync().unwrap();
                    recorder.promise(promised..written);
                    promised = written;
                }
            }
        }
        let states = recorder.states();
        assert!(states.len() > 30, "{}", states.len());
        for state in states {
            let place = Place::new();
            state.restore(place.folder.path());
            let mut builder = place.builder().max_size(max_size);
            builder.format = format;
            let mut file = builder.open().unwrap();
            file.write(b"after\n").unwrap();
            file.handle().wait_until_tidy();
            drop(file);
            let texts = place.texts();
            state.check(&texts);
            let last = texts.last().unwrap();
            assert!(last == "after\n" || last.ends_with("\nafter\n"), "{}: {texts:?}", state.story);
        }
    }
}
