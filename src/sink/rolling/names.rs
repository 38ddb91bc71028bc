//! What files are called that are no longer written to, and which files in a folder they are.

use crate::sink::disk::{Disk, Identity, told};
use std::cmp::Reverse;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a temporary file's name has behind the log's; a number of ours follows.
const TEMPORARY: &str = ".ringlog-tmp-";

/// The longest name that a file's archives still find room behind, with date, counter and suffix.
pub(super) const MAX_NAME: usize = 200;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Naming {
    /// `app.log.1` is the newest.
    #[default]
    Index,
    /// `app.2026-11-23.log`, then `app.2026-11-23.1.log`.
    Date,
}

/// How a file was compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    Gzip,
    Zstd,
}

impl Format {
    const ALL: [Self; 2] = [Self::Gzip, Self::Zstd];

    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }
}

/// An archive's place in the order: the older, the less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Index(Reverse<u32>),
    Date(String, u32),
}

/// A file that is no longer written to.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    pub(super) key: Key,
    pub(super) format: Option<Format>,
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
    pub(super) len: u64,
    pub(super) modified: SystemTime,
    /// Not so: a folder, a link, which are never ours.
    pub(super) is_file: bool,
}

/// The names that belong to one log.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) path: PathBuf,
    pub(super) folder: PathBuf,
    name: OsString,
    naming: Naming,
}

impl Names {
    /// Those of the log at a path; none if the path does not end in a name.
    pub(super) fn new(path: PathBuf, naming: Naming) -> Option<Self> {
        let name = path.file_name()?.to_owned();
        let folder = path.parent()?.to_owned();
        Some(Self { path, folder, name, naming })
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.name
    }

    /// What stands before and behind a date.
    fn around_date(&self) -> (&[u8], Option<&[u8]>) {
        let name = Path::new(&self.name);
        let stem = name.file_stem().unwrap_or(&self.name);
        (stem.as_bytes(), name.extension().map(OsStr::as_bytes))
    }

    fn parse(&self, name: &[u8]) -> Option<(Key, Option<Format>)> {
        let format = Format::ALL.into_iter().find(|format| name.ends_with(format.suffix().as_bytes()));
        let name = &name[..name.len() - format.map_or(0, |format| format.suffix().len())];
        let key = match self.naming {
            Naming::Index => {
                let index = name.strip_prefix(self.name.as_bytes())?.strip_prefix(b".")?;
                Key::Index(Reverse(number(index)?))
            }
            Naming::Date => {
                let (stem, extension) = self.around_date();
                let mut middle = name.strip_prefix(stem)?.strip_prefix(b".")?;
                if let Some(extension) = extension {
                    middle = middle.strip_suffix(extension)?.strip_suffix(b".")?;
                }
                let date = middle.get(..10).filter(|date| is_date(date))?;
                let counter = match &middle[10..] {
                    [] => 0,
                    counter => number(counter.strip_prefix(b".")?)?,
                };
                Key::Date(String::from_utf8(date.to_vec()).ok()?, counter)
            }
        };
        Some((key, format))
    }

    fn path_of(&self, key: &Key, format: Option<Format>) -> PathBuf {
        let mut name = match key {
            Key::Index(Reverse(index)) => [self.name.as_bytes(), format!(".{index}").as_bytes()].concat(),
            Key::Date(date, counter) => {
                let (stem, extension) = self.around_date();
                let counter = if *counter == 0 { String::new() } else { format!(".{counter}") };
                let mut name = [stem, b".", date.as_bytes(), counter.as_bytes()].concat();
                if let Some(extension) = extension {
                    name.push(b'.');
                    name.extend_from_slice(extension);
                }
                name
            }
        };
        name.extend_from_slice(format.map_or("", Format::suffix).as_bytes());
        self.folder.join(OsString::from_vec(name))
    }

    /// All that has an archive's name, the oldest first.
    pub(super) fn list(&self, disk: &Disk) -> io::Result<Vec<Archive>> {
        let mut archives = Vec::new();
        for name in disk.names(&self.folder)? {
            let Some((key, format)) = self.parse(name.as_bytes()) else { continue };
            let path = self.folder.join(name);
            let metadata = match fs::symlink_metadata(&path) {
                // Someone else may have removed it meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                metadata => told(metadata, &path, "cannot be looked at")?,
            };
            let modified = told(metadata.modified(), &path, "has no time of modification")?;
            let identity = Identity::of(&metadata);
            let (len, is_file) = (metadata.len(), metadata.is_file());
            archives.push(Archive { key, format, path, identity, len, modified, is_file });
        }
        archives.sort_unstable_by(|one, other| (&one.key, one.format).cmp(&(&other.key, other.format)));
        Ok(archives)
    }

    /// Temporary files that a crash has left.
    pub(super) fn leftovers(&self, disk: &Disk) -> io::Result<Vec<PathBuf>> {
        let is_leftover = |name: &OsString| {
            let number = name.as_bytes().strip_prefix(self.name.as_bytes());
            let number = number.and_then(|rest| rest.strip_prefix(TEMPORARY.as_bytes()));
            number.is_some_and(|number| {
                !number.is_empty() && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')
            })
        };
        let names = disk.names(&self.folder)?;
        Ok(names.into_iter().filter(is_leftover).map(|name| self.folder.join(name)).collect())
    }

    /// A temporary file's path.
    pub(super) fn temporary(&self, process: u32, number: u64) -> PathBuf {
        let mut name = self.name.clone();
        name.push(format!("{TEMPORARY}{process}-{number}"));
        self.folder.join(name)
    }

    /// The path for a file of `date` to move to. Under [`Naming::Index`], archives are moved on to make way;
    /// whenever that ends, by an error or a crash, none is lost and their order stands.
    pub(super) fn make_way(&self, disk: &Disk, date: String, latest: &str) -> io::Result<PathBuf> {
        let archives = self.list(disk)?;
        let key = match self.naming {
            Naming::Index => Key::Index(Reverse(self.shift(disk, &archives)?)),
            Naming::Date => {
                // A clock that was put back a little does not get a file before those that were written
                // earlier.
                let newest = archives.iter().rev().find_map(|archive| match &archive.key {
                    Key::Date(newest, _) if newest.as_str() <= latest => Some(newest.clone()),
                    _ => None,
                });
                let date = newest.map_or(date.clone(), |newest| newest.max(date));
                let counters = archives.iter().filter_map(|archive| match &archive.key {
                    Key::Date(of, counter) if *of == date => Some(counter.saturating_add(1)),
                    _ => None,
                });
                let counter = counters.max().unwrap_or(0);
                Key::Date(date, counter)
            }
        };
        Ok(self.path_of(&key, None))
    }

    /// Moves archives on by one, up to the first gap, and returns the index that is free then: the first that
    /// no stranger has. The archives are in order.
    fn shift(&self, disk: &Disk, archives: &[Archive]) -> io::Result<u32> {
        let of = |index| {
            let key = Key::Index(Reverse(index));
            let from = &archives[archives.partition_point(|archive| archive.key < key)..];
            &from[..from.iter().take_while(|archive| archive.key == key).count()]
        };
        let strange = |index| of(index).iter().any(|archive| !archive.is_file);
        let mut open = (1..=u32::MAX).filter(|&index| !strange(index));
        let mut chain = vec![open.next().unwrap_or(u32::MAX)];
        while !of(chain[chain.len() - 1]).is_empty() {
            let Some(next) = open.next() else { break };
            chain.push(next);
        }
        for pair in chain.windows(2).rev() {
            for archive in of(pair[0]) {
                let to = self.path_of(&Key::Index(Reverse(pair[1])), archive.format);
                disk.rename(&archive.path, &to)?;
            }
        }
        Ok(chain[0])
    }
}

/// A number from 1, written as we write it.
fn number(digits: &[u8]) -> Option<u32> {
    let plain = digits.iter().all(u8::is_ascii_digit) && digits.first().is_some_and(|&first| first != b'0');
    plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

fn is_date(text: &[u8]) -> bool {
    let digits = |range: std::ops::Range<usize>| std::str::from_utf8(&text[range]).ok()?.parse::<u32>().ok();
    let shape = text.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    shape
        && digits(5..7).is_some_and(|month| (1..=12).contains(&month))
        && digits(8..10).is_some_and(|day| (1..=31).contains(&day))
}
