//! Levels that features compile out. A program of its own is built under several of them.

use std::path::Path;
use std::process::Command;

/// What the program prints, built with features of ringlog, and which of its statements' texts are in its file.
fn run(features: &str, is_release: bool) -> (String, Vec<&'static str>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("static_levels");
    std::fs::create_dir_all(&home).unwrap();
    let features: Vec<_> = features.split_whitespace().collect();
    let manifest = format!(
        "[package]\nname = \"static_levels\"\nedition = \"2024\"\n\
         [[bin]]\nname = \"static_levels\"\npath = {:?}\n\
         [dependencies]\nringlog = {{ path = {root:?}, default-features = false, features = {features:?} }}\n\
         [profile.dev]\ndebug = 0\n\
         [profile.dev.package.ringlog]\ndebug-assertions = {}\n\
         [workspace]\n",
        root.join("tests/fixtures/static_levels.rs"),
        !is_release,
    );
    std::fs::write(home.join("Cargo.toml"), manifest).unwrap();
    // The versions that the library itself is tested with, which have been downloaded.
    let lock = root.join("Cargo.lock");
    if lock.exists() {
        std::fs::copy(lock, home.join("Cargo.lock")).unwrap();
    }
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--offline"]).current_dir(&home);
    // What the flags of this build would change is no matter here.
    build.env("CARGO_TARGET_DIR", home.join("target")).env_remove("RUSTFLAGS");
    let built = build.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let program = home.join("target/debug/static_levels");
    let bytes = std::fs::read(&program).unwrap();
    let texts = [
        "literal of trace ",
        "literal of debug ",
        "literal of info ",
        "literal of warn ",
        "literal of error ",
    ];
    let found = |text: &&str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let kept = texts.into_iter().filter(found).collect();
    let output = Command::new(program).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).unwrap().trim().to_owned(), kept)
}

#[test]
fn a_level_that_is_compiled_out_leaves_nothing() {
    let all = [
        "literal of trace ",
        "literal of debug ",
        "literal of info ",
        "literal of warn ",
        "literal of error ",
    ];
    let everything = ("Some(Trace) evaluated=20109 reached=9 written=9".to_owned(), all.to_vec());
    assert_eq!(run("release_max_level_off", false), everything, "it has debug assertions");

    // Info, warn, error and one async statement; of `log!` the level alone is evaluated.
    let three = all[2..].to_vec();
    assert_eq!(
        run("max_level_info", false),
        ("Some(Info) evaluated=20004 reached=4 written=4".to_owned(), three)
    );
    let release = run("max_level_trace release_max_level_error", true);
    assert_eq!(release, ("Some(Error) evaluated=20001 reached=1 written=1".to_owned(), all[4..].to_vec()));
    assert_eq!(run("max_level_off", true), ("None evaluated=0 reached=0 written=0".to_owned(), vec![]));
}
