//! A service that logs as a file says, and reads its filter again while it runs.
//!
//! ```text
//! cargo run --features config --example config
//! ```

use ringlog::config::Config;
use ringlog::{debug, info, warn};
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    // The file's paths are relative, so that all of it comes to stand in a folder that can go again.
    let folder = std::env::temp_dir().join(format!("ringlog-config-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/config.toml"))?;
    std::env::set_current_dir(&folder)?;
    fs::write("log.toml", &text)?;

    Config::from_path("log.toml")?.builder()?.init()?;
    let audit = ringlog::find_logger("audit").ok_or("the file has it")?;
    serve(&audit, 1);

    // An operator wants to see more for a while, and less of the audit.
    let text = text.replace("filter = \"info\"", "filter = \"info,config=debug\"");
    let text = text.replace("level = \"info\"", "level = \"off\"");
    fs::write("log.toml", &text)?;
    ringlog::reload("log.toml")?;
    serve(&audit, 2);

    // What can't be changed is not passed over, and neither is a mistake. Nothing changes.
    for (right, wrong) in [("256KiB", "1MiB"), ("overflow", "overfull"), ("\"backoff\"", "\"sleep\"")] {
        fs::write("log.toml", text.replace(right, wrong))?;
        let error = ringlog::reload("log.toml").err().ok_or("the file is wrong")?;
        println!("{error}");
    }
    serve(&audit, 3);
    ringlog::shutdown()?;

    let lines =
        |path: &str| fs::read_to_string(path).map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    let log = lines("app.log")?;
    println!("{}", log.join("\n"));
    let order = |id: u32| format!("INFO  config: order accepted id={id}");
    let book = |id: u32| format!("DEBUG config: book of order {id}");
    let slow = |id: u32| format!("WARN  config: order {id} took long");
    let expected = [order(1), slow(1), order(2), book(2), slow(2), order(3), book(3), slow(3)];
    assert_eq!(log, expected);
    assert_eq!(lines("audit.log")?, ["audit order 1 by Ada"]);
    assert_eq!(
        lines("alerts.json")?,
        [1, 2, 3].map(|id| format!("{{\"level\":\"WARN\",\"msg\":\"order {id} took long\"}}"))
    );
    std::env::set_current_dir(std::env::temp_dir())?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn serve(audit: &ringlog::Logger, id: u32) {
    info!(id, "order accepted");
    debug!("book of order {id}");
    info!(logger: audit, "order {id} by Ada");
    warn!("order {id} took long");
}
