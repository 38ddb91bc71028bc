//! Random records, rotations, starts and times: nothing is lost, doubled or torn.

use super::{DAY, Place, write};
use proptest::prelude::*;
use ringlog::sink::{RollingFile, Sink};
use std::fs;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

/// What may happen to a rolling file.
#[derive(Clone, Debug)]
enum Step {
    /// A batch of records of these lengths.
    Write(Vec<usize>),
    Rotate,
    Reopen,
    Restart,
    Sync,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => prop::collection::vec(0..60usize, 1..8).prop_map(Step::Write),
        1 => Just(Step::Rotate),
        1 => Just(Step::Reopen),
        1 => Just(Step::Restart),
        1 => Just(Step::Sync),
        1 => (0..2 * DAY).prop_map(Step::Pass),
    ]
}

#[derive(Clone, Copy, Debug)]
struct Way {
    max_size: Option<u64>,
    by_date: bool,
    hourly: bool,
    at_start: bool,
    compression: usize,
}

fn way() -> impl Strategy<Value = Way> {
    (prop::option::of(1..200u64), any::<bool>(), any::<bool>(), any::<bool>(), 0..3usize).prop_map(
        |(max_size, by_date, hourly, at_start, compression)| Way {
            max_size,
            by_date,
            hourly,
            at_start,
            compression,
        },
    )
}

fn open(place: &Place, way: Way) -> RollingFile {
    let mut builder = place.builder();
    if let Some(max_size) = way.max_size {
        builder = builder.max_size(max_size);
    }
    if way.by_date {
        builder = builder.by_date();
    }
    if way.hourly {
        builder = builder.hourly();
    }
    if way.at_start {
        builder = builder.at_start();
    }
    match way.compression {
        #[cfg(feature = "gzip")]
        1 => builder = builder.compress(ringlog::sink::Compression::Gzip),
        #[cfg(feature = "zstd")]
        2 => builder = builder.compress(ringlog::sink::Compression::Zstd),
        _ => {}
    }
    builder.open().unwrap()
}

/// The files in the order in which they were written, by their names alone.
pub(super) fn in_order(place: &Place, by_date: bool) -> Vec<String> {
    let mut files: Vec<_> = place.files().into_iter().filter(|name| name != "app.log").collect();
    let plain = |name: &String| name.trim_end_matches(".gz").trim_end_matches(".zst").to_owned();
    if by_date {
        files.sort_by_key(|name| {
            let name = plain(name);
            let middle = name.strip_prefix("app.").unwrap().strip_suffix(".log").unwrap();
            let counter = middle[10..].strip_prefix('.').map_or(0, |counter| counter.parse::<u32>().unwrap());
            (middle[..10].to_owned(), counter)
        });
    } else {
        let index = |name: &String| plain(name).strip_prefix("app.log.").unwrap().parse::<u32>().unwrap();
        files.sort_by_key(|name| std::cmp::Reverse(index(name)));
    }
    files.push("app.log".to_owned());
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn all_files_in_order_are_what_was_written(way in way(), steps in prop::collection::vec(step(), 1..60)) {
        let place = Place::new();
        let mut file = open(&place, way);
        let mut wanted = String::new();
        let mut record = 0;
        for step in steps {
            match step {
                Step::Write(lengths) => {
                    let mut batch = String::new();
                    for length in lengths {
                        record += 1;
                        let continued = if length % 7 == 0 { "\n    more" } else { "" };
                        batch.push_str(&format!("{record} {}{continued}\n", "x".repeat(length)));
                    }
                    write(&mut file, &batch);
                    wanted.push_str(&batch);
                }
                Step::Rotate => file.handle().rotate(),
                Step::Reopen => file.handle().reopen(),
                Step::Restart => {
                    // The clock of this test decides on what is left, as it would have in the process that
                    // ended.
                    drop(file);
                    let now = place.time.load(Ordering::SeqCst);
                    let path = fs::File::options().append(true).open(place.path("app.log")).unwrap();
                    path.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(now)).unwrap();
                    file = open(&place, way);
                }
                Step::Sync => file.sync().unwrap(),
                Step::Pass(seconds) => place.pass(seconds),
            }
        }
        file.handle().wait_until_tidy();
        drop(file);
        let files = in_order(&place, way.by_date);
        let texts: Vec<String> = files.iter().map(|name| place.read(name)).collect();
        prop_assert_eq!(texts.concat(), wanted, "{:?}", files);
        for text in &texts {
            let is_whole = text.ends_with('\n') && !text.starts_with(' ');
            prop_assert!(text.is_empty() || is_whole, "torn: {:?}", text);
            let records = text.split_inclusive('\n').filter(|line| !line.starts_with(' ')).count() as u64;
            let fits = way.max_size.is_none_or(|most| text.len() as u64 <= most);
            prop_assert!(fits || records == 1, "too long");
        }
    }
}
