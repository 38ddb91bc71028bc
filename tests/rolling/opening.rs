//! What can be opened, and as what.

use super::{Place, write};
use ringlog::sink::{RollingBuilder, RollingError, RollingFile, RollingHandle};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

#[test]
fn values_that_can_not_be_used_are_errors_that_name_them() {
    let place = Place::new();
    let error = |builder: RollingBuilder| builder.open().unwrap_err().to_string();
    assert!(error(place.builder().max_size(0)).contains("max_size(0)"));
    assert!(error(place.builder().daily_at("25:00")).contains("`25:00`"));
    assert!(error(place.builder().keep_bytes(0)).contains("keep_bytes(0)"));
    assert!(error(place.builder().max_size(100).keep_bytes(99)).contains("max_size, 100"));
    assert!(error(place.builder().keep_for(Duration::ZERO)).contains("keep_for(0ns)"));
    #[cfg(feature = "local-time")]
    assert!(error(place.builder().time_zone("Mars/Phobos")).contains("`Mars/Phobos`"));
    assert!(error(place.builder().max_size(0).daily_at("x")).contains("max_size"), "the first is told");
    for path in ["", "/", "..", "folder/", "folder/."] {
        let error = RollingFile::builder(path).open().unwrap_err();
        assert!(matches!(error, RollingError::NoName(_)), "{path}: {error}");
    }
    assert!(matches!(RollingFile::builder("/dev/null").open(), Err(RollingError::NotAFile(_))));
    assert!(matches!(RollingFile::builder(place.folder.path()).open(), Err(RollingError::NotAFile(_))));
    let long = place.path(&"x".repeat(201));
    assert!(matches!(RollingFile::builder(long).open(), Err(RollingError::LongName(_))));
    place.put("file", "");
    let error = RollingFile::builder(place.path("file/app.log")).open().unwrap_err();
    assert!(error.to_string().contains("file/app.log"), "{error}");
    assert_eq!(place.files(), ["file"], "nothing is left behind");
}

#[test]
fn a_link_is_followed_and_archives_come_to_stand_beside_the_file() {
    let place = Place::new();
    fs::create_dir(place.path("disk")).unwrap();
    place.put("disk/real.log", "one\n");
    std::os::unix::fs::symlink(place.path("disk/real.log"), place.path("app.log")).unwrap();
    let mut file = place.builder().max_size(4).open().unwrap();
    write(&mut file, "two\n");
    assert_eq!((place.read("disk/real.log.1"), place.read("app.log")), ("one\n".into(), "two\n".into()));
    std::os::unix::fs::symlink(place.path("nowhere"), place.path("dangling")).unwrap();
    let error = RollingFile::builder(place.path("dangling")).open().unwrap_err();
    assert!(error.to_string().contains("dangling: is a link that leads nowhere"), "{error}");
}

#[test]
fn new_files_have_the_mode_that_was_asked_for() {
    let place = Place::new();
    let mut file = place.builder().mode(0o600).max_size(4).open().unwrap();
    write(&mut file, "one\n");
    write(&mut file, "two\n");
    for name in place.files() {
        assert_eq!(fs::metadata(place.path(&name)).unwrap().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn errors_and_handles_go_anywhere() {
    fn is_error<E: std::error::Error + Send + Sync + 'static>() {}
    is_error::<RollingError>();
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    is_shared::<RollingHandle>();
}
