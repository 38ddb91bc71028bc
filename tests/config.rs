//! A runtime by configuration.

mod common;

use common::close;
use ringlog::config::{Config, ConfigError};
use ringlog::{AsLogger, Level, Runtime, debug, error, info, warn};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn start(text: &str) -> Runtime {
    Config::parse(text).unwrap().builder().unwrap().start().unwrap()
}

/// What is wrong with a text: line, key, and the whole.
fn wrong(text: &str) -> (Option<usize>, String, String) {
    let error = match Config::parse(text) {
        Err(error) => error,
        Ok(config) => config.builder().expect_err(text),
    };
    told(&error)
}

fn told(error: &ConfigError) -> (Option<usize>, String, String) {
    (error.line(), error.key().unwrap_or_default().to_owned(), error.to_string())
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_example_of_the_docs_is_read_and_has_every_key() {
    let docs = include_str!("../docs/configuration.md");
    let example = docs.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    Config::parse(example).unwrap();
    // Each key of the source, so that a new one comes to stand in the docs.
    let keys = include_str!("../src/config/document.rs").lines().filter_map(|line| {
        let (name, _) = line.trim().strip_prefix("pub(super) ")?.split_once(": ")?;
        Some(name)
    });
    let keys: Vec<&str> = keys.collect();
    assert!(keys.len() > 40, "{keys:?}");
    for key in keys {
        assert!(
            example.lines().any(|line| line.trim_start().starts_with(&format!("{key} = "))
                || line.contains(&format!("{{ {key} = "))
                || line.contains(&format!(", {key} = "))
                || line.trim_start().starts_with(&format!("[{key}]"))
                || line.contains(&format!(".{key}]"))
                || line.contains(&format!("[[{key}]]"))),
            "{key} is not in the docs' example"
        );
    }
}

#[cfg(all(feature = "signals", feature = "gzip"))]
#[test]
fn the_example_of_the_docs_starts() {
    let (docs, folder) = (include_str!("../docs/configuration.md"), folder());
    let example = docs.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example =
        example.replace("\"ringlog-example", &format!("\"{}/ringlog-example", folder.path().display()));
    let runtime = start(&example);
    let audit = runtime.find_logger("audit").unwrap();
    assert!(audit.is_enabled(Level::Debug) && !audit.is_enabled(Level::Trace));
    error!(logger: audit, user = "Ada", "logged in");
    close(&runtime);
    let line = read(folder.path().join("ringlog-example-audit.log"));
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["msg"], "logged in");
    assert_eq!(value["logger"], "audit");
    assert_eq!(value["fields"]["user"], "Ada");
    assert!(value["@timestamp"].is_string() && value["line"].is_number() && value.get("target").is_none());
}

#[test]
fn sinks_have_layouts_and_levels_of_their_own() {
    let folder = folder();
    let (all, some) = (folder.path().join("all.log"), folder.path().join("some.json"));
    fs::write(&all, "there before\n").unwrap();
    fs::write(&some, "there before\n").unwrap();
    let runtime = start(&format!(
        r#"
        workers = 2
        idle = "park"
        ring_capacity = "4 KiB"
        overflow = "block"
        hold = "2ms"
        clock = "system"
        filter = "debug"
        [[sinks]]
        kind = "file"
        path = '{}'
        layout = {{ kind = "text", pattern = "{{level}} {{message}}{{fields}}" }}
        [[sinks]]
        kind = "file"
        path = '{}'
        truncate = true
        level = "warn"
        layout = {{ kind = "json", members = ["message", "level"], names = {{ message = "level", level = "message" }} }}
        "#,
        all.display(),
        some.display()
    ));
    debug!(logger: runtime, id = 7, "one");
    warn!(logger: runtime, "two");
    let stats = close(&runtime).stats;
    assert_eq!(read(all), "there before\nDEBUG one id=7\nWARN two\n");
    assert_eq!(read(some), "{\"level\":\"two\",\"message\":\"WARN\"}\n");
    assert_eq!(stats.workers.len(), 2);
    assert_eq!(stats.producers[0].ring_capacity, 4096);
}

#[test]
fn a_sink_that_fails_goes_to_its_fallback() {
    let folder = folder();
    let path = folder.path().join("fallback.log");
    let runtime = Config::parse(&format!(
        r#"
        [[sinks]]
        kind = "file"
        path = "/dev/full"
        on_full = "shed"
        call_limit = false
        layout = {{ kind = "text", pattern = "{{message}}" }}
        on_error = {{ retry_for = "1ms", fallback = {{ kind = "file", path = '{}' }} }}
        "#,
        path.display()
    ))
    .unwrap();
    let runtime = runtime.builder().unwrap().on_error(|_| {}).start().unwrap();
    info!(logger: runtime, "saved");
    assert_eq!(close(&runtime).stats.sinks[0].fallen_back, 1);
    assert_eq!(read(path), "saved\n");
}

#[test]
fn a_rolling_file_rolls() {
    let folder = folder();
    let path = folder.path().join("app.log");
    let runtime = start(&format!(
        r#"
        [[sinks]]
        kind = "rolling"
        path = '{}'
        max_size = 5
        keep_files = 1
        mode = 0o600
        layout = {{ kind = "text", pattern = "{{message}}" }}
        "#,
        path.display()
    ));
    for word in ["one", "two", "three"] {
        info!(logger: runtime, "{word}");
    }
    close(&runtime);
    assert_eq!((read(&path), read(folder.path().join("app.log.1"))), ("three\n".into(), "two\n".into()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn errors_name_line_and_key_and_say_what_would_be_right() {
    let cases: &[(&str, usize, &str, &str)] = &[
        ("workers = 1\nworkes = 2\n", 2, "workes", "expected one of `workers`, `pin`"),
        ("workers = 0", 1, "workers", "use 1 to 256"),
        ("workers = -1", 1, "workers", "expected a whole number from 0 on"),
        ("workers = \"2\"", 1, "workers", "expected a whole number from 0 on"),
        ("workers = 2\npin = [1]", 2, "pin", "name one core for each"),
        ("pin = [0,\n \"1\"]", 2, "pin[1]", "expected a whole number from 0 on"),
        ("idle = \"lazy\"", 1, "idle", "expected one of `busy-spin`, `yielding`, `backoff`, `park`"),
        ("ring_capacity = \"1 zib\"", 1, "ring_capacity", "such as 4096 or \"64KiB\""),
        ("ring_capacity = -5", 1, "ring_capacity", "not negative"),
        ("ring_capacity = \"16B\"", 1, "ring_capacity", "use 512 bytes to"),
        ("ring_capacity = \"99TiB\"", 1, "ring_capacity", "use 512 bytes to"),
        ("ring_capacity = true", 1, "ring_capacity", "such as 4096 or \"64KiB\""),
        ("overflow = \"DropNewest\"", 1, "overflow", "`block` or `drop-newest`"),
        ("hold = \"2s\"", 1, "hold", "records held up for 2s: use 0 to 1s"),
        ("hold = \"2\"", 1, "hold", "250ms"),
        ("clock = \"sundial\"", 1, "clock", "`tsc`, `tsc-fenced`, `coarse`, `system`"),
        (
            "# a filter\n\nfilter = \"info,orders=loud\"",
            3,
            "filter",
            "off, trace, debug, info, warn or error",
        ),
        ("[backtrace]\nrecords = 0", 1, "backtrace", "use 1 to"),
        ("[backtrace]\ntrigger = \"warn\"", 1, "backtrace", "missing field `records`"),
        (
            "[[sinks]]\nkind = \"null\"\n[[sinks]]\nkind = \"nil\"",
            4,
            "sinks[1].kind",
            "`file`, `rolling`, `console`, `null`",
        ),
        ("[[sinks]]\nlevel = \"info\"", 1, "sinks[0]", "missing field `kind`"),
        (
            "[[sinks]]\nkind = \"null\"\nlevel = \"loud\"",
            3,
            "sinks[0].level",
            "trace, debug, info, warn, error",
        ),
        ("[[sinks]]\nkind = \"file\"", 1, "sinks[0].path", "such as path = \"app.log\""),
        ("[[sinks]]\nkind = \"file\"\npath = \"\"", 3, "sinks[0].path", "such as path = \"app.log\""),
        (
            "[[sinks]]\nkind = \"file\"\npath = \"/no/such/x.log\"",
            3,
            "sinks[0].path",
            "/no/such/x.log: cannot be opened: No such file",
        ),
        (
            "[[sinks]]\nkind = \"file\"\npath = \"x\"\nmax_size = 9",
            4,
            "sinks[0].max_size",
            "it is for \"rolling\"",
        ),
        (
            "[[sinks]]\nkind = \"null\"\ncall_limit = 30",
            3,
            "sinks[0].call_limit",
            "such as \"250ms\" or \"1h 30m\", or false",
        ),
        ("[[sinks]]\nkind = \"null\"\ncall_limit = true", 3, "sinks[0].call_limit", "or false for none"),
        ("[[sinks]]\nkind = \"null\"\ncall_limit = \"30\"", 3, "sinks[0].call_limit", "such as \"250ms\""),
        (
            "[[sinks]]\nkind = \"null\"\nlayout.kind = \"text\"\nlayout.pattern = \"{mesage}\"",
            4,
            "sinks[0].layout.pattern",
            "mesage",
        ),
        (
            "[[sinks]]\nkind = \"null\"\n[sinks.layout]\nkind = \"json\"\nraw = true",
            5,
            "sinks[0].layout.raw",
            "it is for \"text\"",
        ),
        (
            "[[sinks]]\nkind = \"null\"\n[sinks.layout]\nkind = \"json\"\nmembers = [\"time\", \"tmie\"]",
            5,
            "sinks[0].layout.members[1]",
            "`time`",
        ),
        (
            "[[sinks]]\nkind = \"null\"\n[sinks.layout]\nkind = \"json\"\nmembers = [\"time\", \"time\"]",
            5,
            "sinks[0].layout.members[1]",
            "stands twice",
        ),
        (
            "[[sinks]]\nkind = \"null\"\n[sinks.layout]\nkind = \"json\"\nnames.level = \"time\"",
            5,
            "sinks[0].layout.names.level",
            "is taken by",
        ),
        (
            "[[sinks]]\nkind = \"null\"\n[sinks.layout]\nkind = \"json\"\nnames.file = \"f\"",
            5,
            "sinks[0].layout.names.file",
            "put it into `members`",
        ),
        (
            "[[sinks]]\nkind = \"null\"\n[sinks.layout]\nkind = \"json\"\nfields = false\nfields_under = \"f\"",
            6,
            "sinks[0].layout.fields_under",
            "leave one of them out",
        ),
        (
            "[[sinks]]\nkind = \"null\"\non_error.backoff = \"1s\"",
            3,
            "sinks[0].on_error.backoff",
            "retry_for",
        ),
        (
            "[[sinks]]\nkind = \"null\"\n[sinks.on_error.fallback]\nkind = \"null\"\nlevel = \"info\"",
            5,
            "sinks[0].on_error.fallback.level",
            "leave it out",
        ),
        ("[[loggers]]\nname = \"\"", 2, "loggers[0].name", "default logger"),
        ("[[loggers]]\nname = \"a\"\n[[loggers]]\nname = \"a\"", 4, "loggers[1].name", "a name of its own"),
        ("[[loggers]]\nname = \"a\"\nlevel = \"none\"", 3, "loggers[0].level", "error, off"),
        (
            "[[loggers]]\nname = \"a\"\n[[loggers.sinks]]\nkind = \"console\"\nstream = \"stdin\"",
            5,
            "loggers[0].sinks[0].stream",
            "`stdout` or `stderr`",
        ),
    ];
    for &(text, line, key, hint) in cases {
        let (found_line, found_key, told) = wrong(text);
        assert_eq!((found_line, found_key.as_str()), (Some(line), key), "{told}\n{text}");
        assert!(told.contains(hint), "{told}\n{text}");
    }
}

#[test]
fn wrong_values_of_rolling_files_are_told_by_their_keys() {
    let folder = folder();
    let path = folder.path().join("app.log");
    for (option, key) in [
        ("max_size = 0", "max_size"),
        ("daily_at = [\"00:00\", \"25:00\"]", "daily_at"),
        ("time_zone = \"Mars/Olympus\"", "time_zone"),
        ("keep_for = \"1ms\"", "keep_for"),
        ("keep_bytes = 0", "keep_bytes"),
    ] {
        let text = format!("[[sinks]]\nkind = \"rolling\"\npath = '{}'\n{option}", path.display());
        let (line, found, told) = wrong(&text);
        assert_eq!((line, found), (Some(4), format!("sinks[0].{key}")), "{told}");
    }
    assert!(!path.exists(), "nothing is made by a configuration that is none");
}

#[test]
fn what_is_no_toml_has_a_line() {
    for (text, line) in [("workers = 1\nidle = [", 2), ("workers = 1\nworkers = 2", 2), ("a b", 1)] {
        let (found, _, told) = wrong(text);
        assert_eq!(found, Some(line), "{told}");
    }
}

#[test]
fn a_file_that_is_wrong_or_missing_is_named() {
    let folder = folder();
    let path = folder.path().join("log.toml");
    let missing = Config::from_path(&path).unwrap_err();
    assert_eq!((missing.file(), missing.line()), (Some(&*path), None));
    assert!(missing.to_string().starts_with(&format!("{}: ", path.display())), "{missing}");
    fs::write(&path, "filter = \"loud=\"").unwrap();
    let error = Config::from_path(&path).unwrap_err();
    assert!(error.to_string().starts_with(&format!("{}, line 1, `filter`: ", path.display())), "{error}");
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert_eq!(Config::from_path(&path).unwrap_err().file(), Some(&*path));
    fs::write(&path, "[[sinks]]\nkind = 'file'\npath = '/no/such/x'").unwrap();
    let error = Config::from_path(&path).unwrap().builder().unwrap_err();
    assert_eq!((error.file(), error.line()), (Some(&*path), Some(3)));
}

#[test]
fn an_empty_configuration_is_the_builders_default() {
    let config = Config::parse("").unwrap();
    assert!(config.builder().is_ok());
    assert!("# nothing\n".parse::<Config>().is_ok());
}

const RELOADED: &str = "[[sinks]]\nkind = 'null'\n[[loggers]]\nname = 'audit'\n";

#[test]
fn a_reload_sets_filter_and_levels() {
    let runtime = start(&format!("filter = 'warn'\n{RELOADED}level = 'error'"));
    let audit = runtime.find_logger("audit").unwrap();
    let least = |logger: &ringlog::Logger| Level::ALL.into_iter().find(|&level| logger.is_enabled(level));
    assert_eq!((least(runtime.as_logger()), least(&audit)), (Some(Level::Warn), Some(Level::Error)));

    runtime.set_filter("trace").unwrap();
    audit.set_level(None);
    let config = Config::parse(&format!("filter = 'debug'\n{RELOADED}level = 'trace'")).unwrap();
    runtime.reload(&config).unwrap();
    assert_eq!((least(runtime.as_logger()), least(&audit)), (Some(Level::Debug), Some(Level::Trace)));

    // Without a level it follows the filter, by name or not.
    runtime.reload(&Config::parse(&format!("filter = 'debug,audit=warn'\n{RELOADED}")).unwrap()).unwrap();
    assert_eq!((least(runtime.as_logger()), least(&audit)), (Some(Level::Debug), Some(Level::Warn)));
    runtime.set_filter("info").unwrap();
    assert_eq!(least(&audit), Some(Level::Info));

    runtime.reload(&Config::parse(&format!("filter = 'off'\n{RELOADED}level = 'off'")).unwrap()).unwrap();
    assert_eq!((least(runtime.as_logger()), least(&audit)), (None, None));
    // A logger made later goes by the new filter.
    assert_eq!(least(&runtime.logger("late").build().unwrap()), None);
    assert!(runtime.find_logger("late").is_some() && runtime.find_logger("none").is_none());
}

#[test]
fn a_reload_of_what_is_fixed_names_it_and_changes_nothing() {
    let runtime = start(&format!("filter = 'warn'\n{RELOADED}level = 'error'"));
    for (text, line, key) in [
        (format!("filter = 'trace'\nworkers = 1\n{RELOADED}"), Some(2), "workers"),
        (format!("filter = 'trace'\noverflow = 'block'\n{RELOADED}"), Some(2), "overflow"),
        (
            format!("filter = 'trace'\n{RELOADED}level = 'info'\n[[sinks]]\nkind = 'console'"),
            Some(7),
            "sinks[1]",
        ),
        ("filter = 'trace'\n[[loggers]]\nname = 'audit'".into(), None, "sinks"),
        ("filter = 'trace'\n[[sinks]]\nkind = 'null'".into(), None, "loggers"),
        (
            format!("filter = 'trace'\n{RELOADED}[[loggers.sinks]]\nkind = 'null'"),
            Some(6),
            "loggers[0].sinks[0]",
        ),
        (RELOADED.replace("'audit'", "'other'"), Some(4), "loggers[0].name"),
        (RELOADED.replace("'null'", "'null'\nlevel = 'info'"), Some(1), "sinks[0]"),
        (format!("{RELOADED}backtrace.records = 3"), Some(5), "loggers[0].backtrace"),
    ] {
        let error = runtime.reload(&Config::parse(&text).unwrap()).expect_err(&text);
        assert_eq!((error.line(), error.key()), (line, Some(key)), "{error}\n{text}");
        assert!(!runtime.default_logger().is_enabled(Level::Info));
        assert!(!runtime.find_logger("audit").unwrap().is_enabled(Level::Warn));
    }
}

#[test]
fn a_runtime_without_configuration_takes_a_filter_alone() {
    let runtime = ringlog::Builder::new().filter("warn").sink(ringlog::sink::Null::new()).start().unwrap();
    runtime.reload(&Config::parse("filter = 'debug'").unwrap()).unwrap();
    assert!(runtime.default_logger().is_enabled(Level::Debug));
    assert_eq!(runtime.reload(&Config::parse(RELOADED).unwrap()).unwrap_err().key(), Some("sinks[0]"));
}

#[test]
fn the_global_runtime_reloads_from_a_file() {
    let folder = folder();
    let path: PathBuf = folder.path().join("log.toml");
    let log = folder.path().join("app.log");
    let text = |filter: &str| {
        let layout = "layout = { kind = 'text', pattern = '{message}' }";
        format!("filter = '{filter}'\n[[sinks]]\nkind = 'file'\npath = '{}'\n{layout}", log.display())
    };
    fs::write(&path, text("warn")).unwrap();
    assert_eq!(ringlog::reload(&path).unwrap_err().key(), None, "there is no runtime yet");
    Config::from_path(&path).unwrap().builder().unwrap().init().unwrap();
    let say = |word: &str| info!("{word}");
    say("left out");
    fs::write(&path, text("info")).unwrap();
    ringlog::reload(&path).unwrap();
    say("let through");
    fs::write(&path, "filter = 'loud='").unwrap();
    assert_eq!(ringlog::reload(&path).unwrap_err().line(), Some(1));
    say("still let through");
    common::close_global();
    fs::write(&path, text("info")).unwrap();
    assert!(ringlog::reload(&path).is_err());
    assert_eq!(read(log), "let through\nstill let through\n");
}

#[test]
fn it_can_be_a_part_of_another_format() {
    let text =
        r#"{"filter": "debug", "ring_capacity": "64KiB", "sinks": [{"kind": "null", "call_limit": "2s"}]}"#;
    let config: Config = serde_json::from_str(text).unwrap();
    config.builder().unwrap().start().unwrap();
    let error = serde_json::from_str::<Config>(r#"{"sinks": [{"kind": "file"}]}"#).unwrap_err();
    assert!(error.to_string().contains("`sinks[0].path`"), "{error}");
}
