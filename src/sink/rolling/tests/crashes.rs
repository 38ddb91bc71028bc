//! A process that ends between any two operations, and the next that starts.

use super::{Counter, Place, formats, gated, write_lines};
use crate::sink::Sink;
use crate::sink::disk::Operation;
use std::io;

/// How much of the write that the crash comes in gets through.
const TORN: usize = 3;

fn crash() -> io::Error {
    io::Error::other("crashed")
}

#[test]
fn whatever_was_acknowledged_before_a_crash_stands_once_and_in_order_after_it() {
    for format in formats() {
        let mut crashed = 0;
        for last in 0.. {
            let place = Place::new();
            let operations = Counter::default();
            let counter = operations.clone();
            let mut builder = place.builder().max_size(20);
            builder.format = format;
            builder.disk = gated(move |operation| match counter.next() {
                done if done < last => Ok(usize::MAX),
                done if done == last && matches!(operation, Operation::Write(..)) => Ok(TORN),
                _ => Err(crash()),
            });
            let mut written = Vec::new();
            if let Ok(mut file) = builder.open() {
                for number in 0..8 {
                    written.extend(write_lines(&mut file, number..number + 1));
                    file.handle().wait_until_tidy();
                }
                let _ = file.sync();
            }
            let mut builder = place.builder().max_size(20);
            builder.format = format;
            let mut file = builder.open().unwrap();
            written.extend(write_lines(&mut file, 100..102));
            file.handle().wait_until_tidy();
            drop(file);

            let all = place.text();
            let found: Vec<&str> = all.split_inclusive('\n').filter(|line| line.len() > TORN + 1).collect();
            assert_eq!(found, written, "{format:?}, {last} operations: {:?}", place.files());
            let torn: Vec<&str> = all.split_inclusive('\n').filter(|line| line.len() <= TORN + 1).collect();
            assert!(torn.is_empty() || torn == ["lin\n"], "{torn:?}");
            assert!(!place.files().iter().any(|name| name.contains("tmp")), "{:?}", place.files());
            if format.is_some() {
                let plain = place
                    .files()
                    .iter()
                    .filter(|name| name.ends_with(|end: char| end.is_ascii_digit()))
                    .count();
                assert_eq!(plain, 0, "{:?}", place.files());
            }
            if operations.get() <= last {
                break;
            }
            crashed += 1;
        }
        assert!(crashed > 20, "{format:?}: {crashed}");
    }
}

/// What each step of a compression leaves, made by hand.
#[cfg(feature = "gzip")]
mod compression {
    use super::super::super::names::Format;
    use super::super::Place;
    use std::fs;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Files before a start, and those after it.
    fn repaired(files: &[(&str, &[u8])]) -> (Place, Vec<String>) {
        let place = Place::new();
        for (name, bytes) in files {
            fs::write(place.folder.path().join(name), bytes).unwrap();
        }
        let mut builder = place.builder();
        builder.format = Some(Format::Gzip);
        builder.open().unwrap().handle().wait_until_tidy();
        let files = place.files();
        (place, files)
    }

    #[test]
    fn a_temporary_file_is_removed_and_compression_begun_again() {
        let (place, files) =
            repaired(&[("app.log.1", b"one\n"), ("app.log.ringlog-tmp-7-0", &gzip(b"one\n")[..9])]);
        assert_eq!(files, ["app.log", "app.log.1.gz"]);
        assert_eq!(place.text(), "one\n");
    }

    #[test]
    fn a_temporary_file_that_is_complete_is_no_archive_either() {
        let (place, files) =
            repaired(&[("app.log.1", b"one\n"), ("app.log.ringlog-tmp-7-0", &gzip(b"one\n"))]);
        assert_eq!(files, ["app.log", "app.log.1.gz"]);
        assert_eq!(place.text(), "one\n");
    }

    #[test]
    fn an_original_beside_its_whole_archive_is_removed() {
        let (place, files) = repaired(&[("app.log.1", b"one\n"), ("app.log.1.gz", &gzip(b"one\n"))]);
        assert_eq!(files, ["app.log", "app.log.1.gz"]);
        assert_eq!(place.text(), "one\n");
    }

    #[test]
    fn a_broken_archive_beside_its_original_is_made_again() {
        let whole = gzip(b"one\n");
        let mut flipped = whole.clone();
        flipped[12] ^= 0x10;
        for broken in [&whole[..whole.len() - 1], &whole[..5], &[], &flipped] {
            let (place, files) = repaired(&[("app.log.1", b"one\n"), ("app.log.1.gz", broken)]);
            assert_eq!(files, ["app.log", "app.log.1.gz"]);
            assert_eq!(place.text(), "one\n");
        }
    }

    #[test]
    fn an_original_beside_another_archive_stays_and_so_does_the_archive() {
        for other in [&b"two\n"[..], b"one\nmore\n", b"on", b""] {
            let (place, files) = repaired(&[("app.log.1", b"one\n"), ("app.log.1.gz", &gzip(other))]);
            assert_eq!(files, ["app.log", "app.log.1", "app.log.1.gz"]);
            assert_eq!(fs::read(place.folder.path().join("app.log.1")).unwrap(), b"one\n");
        }
    }

    #[test]
    fn a_broken_archive_without_an_original_is_left_alone() {
        let (place, files) = repaired(&[("app.log.1.gz", b"no archive")]);
        assert_eq!(files, ["app.log", "app.log.1.gz"]);
        assert_eq!(fs::read(place.folder.path().join("app.log.1.gz")).unwrap(), b"no archive");
    }

    #[test]
    fn strangers_with_similar_names_are_left_alone() {
        let strange = ["app.log.ringlog-tmp-", "app.log.ringlog-tmp-x", "app.log.bak", "app.log.1.gz.tmp"];
        let (_place, files) = repaired(&strange.map(|name| (name, &b"strange"[..])));
        for name in strange {
            assert!(files.iter().any(|file| file == name), "{name}");
        }
    }
}
