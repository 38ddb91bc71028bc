//! What the files hold, against what the children had been told.

use super::notes::Notes;
use super::plan::{End, THREADS, line};
use std::fs;
use std::path::{Path, PathBuf};

/// What the last child has left.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Whole lines, of both sinks.
    pub(crate) lines: u64,
    pub(crate) torn: u64,
    /// A line that would have come next, for each sink.
    pub(crate) due: Vec<String>,
}

/// Checks both sinks' files after the last of `lives`: nothing that was acknowledged is missing, nothing is there
/// twice or out of order, and nothing torn passes for a whole line.
pub(crate) fn check(folder: &Path, seed: u64, lives: &[(End, Notes)]) -> Result<Found, String> {
    let mut found = Found::default();
    for (life, (_, notes)) in lives.iter().enumerate() {
        if notes.failed.iter().sum::<u64>() > 0 {
            return Err(format!("completions of life {life} failed: {:?}", notes.failed));
        }
    }
    let rolled = rolled(&folder.join("rolling")).iter().map(|path| unpack(path)).collect();
    let plain = vec![fs::read(folder.join("plain.log")).unwrap_or_default()];
    for (sink, files) in [("plain", plain), ("rolling", rolled)] {
        let mut reader =
            Reader { seed, lives, next: vec![[0; THREADS]; lives.len()], torn: vec![0; lives.len()] };
        reader
            .read(&files)
            .and_then(|()| reader.is_complete())
            .map_err(|wrong| format!("{sink}: {wrong}"))?;
        found.lines += reader.next[lives.len() - 1].iter().sum::<u64>();
        let last = lives.len() - 1;
        found.due.push(line(seed, last as u64, 0, reader.next[last][0]));
        found.torn += reader.torn[lives.len() - 1];
    }
    Ok(found)
}

/// A rolling log's files, the oldest first; of a file and its archive the file, which is removed last.
fn rolled(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<(u32, bool, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name()?.to_str()?.strip_prefix("app.log")?;
            let (index, is_packed) = name.strip_suffix(".gz").map_or((name, false), |name| (name, true));
            let index = if index.is_empty() { 0 } else { index.strip_prefix('.')?.parse().ok()? };
            Some((index, is_packed, path))
        })
        .collect();
    files.sort();
    files.dedup_by_key(|(index, ..)| *index);
    files.into_iter().rev().map(|(.., path)| path).collect()
}

fn unpack(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    #[cfg(feature = "gzip")]
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut unpacked).unwrap();
        return unpacked;
    }
    bytes
}

struct Reader<'a> {
    seed: u64,
    lives: &'a [(End, Notes)],
    /// By life and thread, the number of the line that comes next.
    next: Vec<[u64; THREADS]>,
    /// Lines that a life has begun and not ended.
    torn: Vec<u64>,
}

impl Reader<'_> {
    fn read(&mut self, files: &[Vec<u8>]) -> Result<(), String> {
        let mut life = 0;
        for piece in files.iter().flat_map(|file| file.split_inclusive(|&byte| byte == b'\n')) {
            let text = String::from_utf8_lossy(piece);
            let is_ended = text.ends_with('\n');
            let text = text.trim_end_matches('\n');
            let Some((of, thread, number)) = is_ended.then(|| self.whole(text)).flatten() else {
                life = self.part(life, text)?;
                continue;
            };
            if of < life {
                return Err(format!("{text:?} comes after lines of life {life}"));
            }
            life = of;
            let next = &mut self.next[of][thread];
            let (end, notes) = &self.lives[of];
            // What is logged while the process ends may be dropped.
            let is_dropped = number > *next && end.flushes() && *next >= notes.promised[thread];
            if number != *next && !is_dropped {
                return Err(format!("{text:?} comes where {next} is due"));
            }
            *next = number + 1;
        }
        Ok(())
    }

    /// Which line it is, if it is one from its first byte to its last.
    fn whole(&self, text: &str) -> Option<(usize, usize, u64)> {
        let mut words = text.split(' ');
        let life = words.next()?.parse().ok().filter(|&life| life < self.lives.len())?;
        let thread = words.next()?.parse().ok().filter(|&thread| thread < THREADS)?;
        let number = words.next()?.parse().ok()?;
        (text == line(self.seed, life as u64, thread, number)).then_some((life, thread, number))
    }

    /// A line that is not whole must be the beginning of one that came next when a life ended, the only such one, and
    /// told; or tell of drops. Returns whose it was.
    fn part(&mut self, since: usize, text: &str) -> Result<usize, String> {
        if text.starts_with("dropped ") && text.ends_with(": ring full") {
            let (end, _) = self.lives[since];
            return if end.flushes() {
                Ok(since)
            } else {
                Err(format!("{text:?}, at an end that drops nothing"))
            };
        }
        for life in since..self.lives.len() {
            if self.torn[life] == 0 && (0..THREADS).any(|thread| self.may_begin(text, life, thread)) {
                self.torn[life] += 1;
                return Ok(life);
            }
        }
        Err(format!("a line is torn: {text:?}; {:?} were due", self.next))
    }

    /// Whether a thread's next line begins so; or, where lines before it may have been dropped, any later one.
    fn may_begin(&self, text: &str, life: usize, thread: usize) -> bool {
        let next = self.next[life][thread];
        let begins = |number| line(self.seed, life as u64, thread, number).starts_with(text);
        let (end, notes) = &self.lives[life];
        let later = || match text.split(' ').collect::<Vec<_>>()[..] {
            [_, _, number, _] => number.parse().is_ok_and(|number| number > next && begins(number)),
            _ => format!("{life} {thread} ").starts_with(text.trim_end_matches(|c: char| c.is_ascii_digit())),
        };
        begins(next) || (end.flushes() && next >= notes.promised[thread] && later())
    }

    fn is_complete(&self) -> Result<(), String> {
        for (life, ((end, notes), next)) in self.lives.iter().zip(&self.next).enumerate() {
            for (thread, &next) in next.iter().enumerate() {
                let (written, durable) = (notes.written[thread], notes.durable[thread]);
                let promised = notes.promised[thread];
                if next < written.max(durable).max(promised) {
                    return Err(format!(
                        "life {life} ({end:?}), thread {thread}: {next} lines of {written} that were written, \
                         {durable} durable, {promised} logged before the end"
                    ));
                }
                if next > notes.logged[thread] + 1 {
                    return Err(format!(
                        "life {life}, thread {thread}: {next} lines, and none was logged so far"
                    ));
                }
            }
        }
        Ok(())
    }
}
