//! What is done to the disk, in which order: that of `docs/rolling.md`.

use super::{Place, describe, formats, gated, write_lines};
use crate::sink::Sink;
use std::sync::{Arc, Mutex};

#[test]
fn a_rotation_makes_way_moves_the_file_and_begins_another() {
    let place = Place::new();
    let log = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&log);
    let mut builder = place.builder().max_size(10);
    builder.disk = gated(move |operation| {
        seen.lock().unwrap().push(describe(operation));
        Ok(usize::MAX)
    });
    let mut file = builder.open().unwrap();
    write_lines(&mut file, 0..3);
    file.sync().unwrap();
    let wanted = [
        "open app.log",
        "write 7 to app.log",
        "rename app.log to app.log.1",
        "open app.log",
        "write 7 to app.log",
        "rename app.log.1 to app.log.2",
        "rename app.log to app.log.1",
        "open app.log",
        "write 7 to app.log",
        "sync app.log",
        "sync app.log",
        "sync app.log",
        "sync folder",
    ];
    assert_eq!(*log.lock().unwrap(), wanted);
}

#[test]
fn an_archive_is_durable_before_its_original_is_removed() {
    for format in formats().into_iter().flatten() {
        let place = Place::new();
        let log = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&log);
        let mut builder = place.builder().max_size(10);
        builder.format = Some(format);
        builder.disk = gated(move |operation| {
            seen.lock().unwrap().push(describe(operation));
            Ok(usize::MAX)
        });
        let mut file = builder.open().unwrap();
        write_lines(&mut file, 0..1);
        file.handle().wait_until_tidy();
        log.lock().unwrap().clear();
        file.handle().rotate();
        write_lines(&mut file, 1..2);
        file.handle().wait_until_tidy();
        let keeper = ["open temporary", "sync temporary", "sync folder", "remove app.log.1"];
        let rename = format!("rename temporary to app.log.1{}", format.suffix());
        let log = log.lock().unwrap();
        let steps: Vec<&str> =
            log.iter().map(String::as_str).filter(|step| keeper.contains(step) || *step == rename).collect();
        assert_eq!(steps, [keeper[0], keeper[1], &rename, keeper[2], keeper[3]]);
    }
}

#[test]
fn a_folder_that_is_made_is_durable_in_those_above_it() {
    let place = Place::new();
    let log = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&log);
    let path = place.folder.path().join("a/b/app.log");
    let mut builder = super::RollingFile::builder(path);
    builder.disk = gated(move |operation| {
        seen.lock().unwrap().push(describe(operation));
        Ok(usize::MAX)
    });
    builder.open().unwrap();
    assert_eq!(
        *log.lock().unwrap(),
        ["open app.log", "make b", "sync folder a", "sync folder", "open app.log"],
        "that of the log's own folder comes with the first sync"
    );
}
