//! What becomes of archives: retention and compression.

use super::{DAY, Place, write};
use std::fs;
use std::time::Duration;

/// Archives of all kinds, and strangers beside them.
const STRANGERS: [&str; 6] =
    ["app.log.bak", "app.log.0", "app.log.01", "other.log.1", "app.log.1.txt", "app.2026-1-1.log"];

fn put_strangers(place: &Place) {
    for name in STRANGERS {
        place.put_old(name, &"stranger".repeat(1000), 1000 * DAY);
    }
    fs::create_dir(place.path("app.log.77")).unwrap();
    std::os::unix::fs::symlink(place.path("app.log.bak"), place.path("app.log.78")).unwrap();
}

/// The archives that are left.
fn left(place: &Place) -> Vec<String> {
    let strange =
        |name: &String| STRANGERS.contains(&&name[..]) || ["app.log.77", "app.log.78"].contains(&&name[..]);
    let (strangers, ours): (Vec<_>, Vec<_>) = place.files().into_iter().partition(strange);
    assert_eq!(strangers.len(), STRANGERS.len() + 2, "strangers stay");
    ours
}

#[test]
fn so_many_archives_are_kept() {
    let place = Place::new();
    put_strangers(&place);
    for index in [1, 2, 3, 10] {
        place.put(&format!("app.log.{index}"), "old\n");
    }
    place.put("app.log.4.gz", "compressed");
    let mut file = place.builder().max_size(5).keep_files(3).open().unwrap();
    file.handle().wait_until_tidy();
    assert_eq!(left(&place), ["app.log", "app.log.1", "app.log.2", "app.log.3"]);
    for number in 0..5 {
        write(&mut file, &format!("{number:04}\n"));
        file.handle().wait_until_tidy();
    }
    assert_eq!(left(&place), ["app.log", "app.log.1", "app.log.2", "app.log.3"]);
    assert_eq!(place.read("app.log.3"), "0001\n");
    place.builder().keep_files(0).open().unwrap().handle().wait_until_tidy();
    assert_eq!(left(&place), ["app.log"]);
}

#[test]
fn so_many_bytes_are_kept() {
    let place = Place::new();
    put_strangers(&place);
    for index in 1..=5 {
        place.put(&format!("app.log.{index}"), &"x".repeat(100));
    }
    place.put("app.log", "0123456789");
    place.builder().keep_bytes(309).open().unwrap().handle().wait_until_tidy();
    assert_eq!(left(&place), ["app.log", "app.log.1", "app.log.2"], "10 bytes are those of the present file");
    place.builder().max_size(150).keep_bytes(250).open().unwrap().handle().wait_until_tidy();
    assert_eq!(left(&place), ["app.log", "app.log.1"], "150 bytes may be those of the present file");
}

#[test]
fn archives_are_kept_for_so_long() {
    let place = Place::new();
    put_strangers(&place);
    for (date, age) in [("2026-11-13", 10), ("2026-11-15", 8), ("2026-11-17", 6), ("2026-11-22", 1)] {
        place.put_old(&format!("app.{date}.log"), "old\n", age * DAY);
    }
    let builder = place.builder().by_date().keep_for(Duration::from_secs(7 * DAY));
    builder.open().unwrap().handle().wait_until_tidy();
    assert_eq!(left(&place), ["app.2026-11-17.log", "app.2026-11-22.log", "app.log"]);
}

#[cfg(any(feature = "gzip", feature = "zstd"))]
mod compression {
    use super::super::MONDAY;
    use super::{Place, write};
    use ringlog::sink::Compression;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, SystemTime};

    fn all() -> Vec<(Compression, &'static str)> {
        vec![
            #[cfg(feature = "gzip")]
            (Compression::Gzip, "gz"),
            #[cfg(feature = "zstd")]
            (Compression::Zstd, "zst"),
        ]
    }

    #[test]
    fn archives_are_compressed_and_keep_their_bytes_their_mode_and_their_time() {
        for (compression, suffix) in all() {
            let place = Place::new();
            let builder = place.builder().mode(0o600).compress(compression);
            let mut file = builder.open().unwrap();
            let text: String = (0..50_000).map(|number| format!("record {number}\n")).collect();
            write(&mut file, &text);
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(MONDAY);
            fs::File::options()
                .append(true)
                .open(place.path("app.log"))
                .unwrap()
                .set_modified(modified)
                .unwrap();
            file.handle().rotate();
            write(&mut file, "next\n");
            file.handle().wait_until_tidy();
            let archive = format!("app.log.1.{suffix}");
            assert_eq!(place.files(), ["app.log", &archive]);
            assert_eq!(place.read(&archive), text);
            let metadata = fs::metadata(place.path(&archive)).unwrap();
            assert!(metadata.len() < text.len() as u64 / 4, "{}", metadata.len());
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
            assert_eq!(metadata.modified().unwrap(), modified);
        }
    }

    #[test]
    fn what_an_earlier_run_left_uncompressed_is_compressed() {
        for (compression, suffix) in all() {
            let place = Place::new();
            for index in 1..=3 {
                place.put(&format!("app.log.{index}"), &format!("{index}\n"));
            }
            place.builder().compress(compression).keep_files(2).open().unwrap().handle().wait_until_tidy();
            let archives = [1, 2].map(|index| format!("app.log.{index}.{suffix}"));
            assert_eq!(place.files(), ["app.log", &archives[0], &archives[1]]);
            assert_eq!(archives.map(|name| place.read(&name)), ["1\n", "2\n"]);
        }
    }

    #[test]
    fn archives_that_move_on_while_they_are_compressed_keep_their_order() {
        for (compression, suffix) in all() {
            let place = Place::new();
            let mut file = place.builder().max_size(1000).compress(compression).open().unwrap();
            let mut text = String::new();
            for number in 0..2_000 {
                let line = format!("record {number}\n");
                write(&mut file, &line);
                text.push_str(&line);
            }
            file.handle().wait_until_tidy();
            let archives = place.files().len() - 1;
            let names = (1..=archives).rev().map(|index| format!("app.log.{index}.{suffix}"));
            let found: String = names.chain(["app.log".to_owned()]).map(|name| place.read(&name)).collect();
            assert!(archives > 20, "{archives}");
            assert_eq!(found, text);
        }
    }
}
