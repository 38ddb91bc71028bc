//! `ringlog`: what can be asked about logs that ringlog has written.

mod audit;
mod line;

use audit::Audit;
use line::{DEFAULT_PATTERN, Form};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::process::ExitCode;

const USAGE: &str = "\
usage: ringlog audit [--pattern PATTERN] FILE...

Checks the sequence numbers of each thread's records: which are missing, there twice, or out of order. Records that
the log itself says were dropped are not missing.

FILEs are read one after another, the oldest first, as one log; - is the standard input. Lines that begin with a brace are read
as JSON, by their members seq and thread_id or thread (`Member::Sequence`, named seq); others by the pattern that they were
written by, which needs {seq} and {thread} or {thread_id}. It is, if not given:

    ";

const ENDS: &str = "

Ends with 0 if everything is there, 1 if something is not, 2 if it cannot be told.";

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let (text, code) = match run(&arguments) {
        Ok(Done::Help) => (format!("{USAGE}{DEFAULT_PATTERN}{ENDS}\n"), 0),
        Ok(Done::Audited(audit)) => (audit.to_string(), u8::from(!audit.is_whole())),
        Err(fault) => {
            // Nobody is left to be told when this fails.
            let _ = writeln!(io::stderr(), "ringlog: {fault}");
            return ExitCode::from(2);
        }
    };
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(2),
    }
}

enum Done {
    Help,
    Audited(Audit),
}

fn run(arguments: &[String]) -> Result<Done, String> {
    let [command, rest @ ..] = arguments else {
        return Err(format!("no command: use audit\n{USAGE}{DEFAULT_PATTERN}{ENDS}"));
    };
    match command.as_str() {
        "audit" => {}
        "help" | "-h" | "--help" => return Ok(Done::Help),
        _ => return Err(format!("no command `{command}`: use audit, or help")),
    }
    let (mut pattern, mut files) = (None, Vec::new());
    let (mut rest, mut are_options) = (rest.iter(), true);
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "-h" | "--help" if are_options => return Ok(Done::Help),
            "--" if are_options => are_options = false,
            "--pattern" if are_options => match rest.next() {
                Some(given) => pattern = Some(given.as_str()),
                None => return Err("--pattern: the pattern is missing".into()),
            },
            option if are_options && option.starts_with("--pattern=") => {
                pattern = option.strip_prefix("--pattern=");
            }
            option if are_options && option.starts_with('-') && option != "-" => {
                return Err(format!("no option `{option}`: use --pattern, or -- before a file of that name"));
            }
            file => files.push(file),
        }
    }
    if files.is_empty() {
        return Err("no file: name the log's files, the oldest first, or - for the standard input".into());
    }
    let form = Form::of_pattern(pattern.unwrap_or(DEFAULT_PATTERN))?;
    let mut audit = Audit::default();
    for file in files {
        let read = match file {
            "-" => read(&mut io::stdin().lock(), &form, &mut audit),
            _ => File::open(file).and_then(|opened| read(&mut BufReader::new(opened), &form, &mut audit)),
        };
        read.map_err(|fault| format!("{file}: {fault}"))?;
    }
    if audit.is_empty() {
        let form = pattern.unwrap_or(DEFAULT_PATTERN);
        return Err(format!(
            "no line has a sequence number by `{form}`, or is JSON that has one: see ringlog help"
        ));
    }
    Ok(Done::Audited(audit))
}

fn read(from: &mut dyn BufRead, form: &Form, audit: &mut Audit) -> io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if from.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        match form.read(text) {
            Some(line) => audit.add(&line, text),
            None => audit.pass(),
        }
    }
}
