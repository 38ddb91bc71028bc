//! A file.

#[cfg(test)]
mod tests;

use super::disk::{Disk, told};
use super::{Sink, configurable};
use crate::sys;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Writes to a file. Several processes may append to one file: each batch is one `write(2)`, where the file
/// system takes it whole.
///
/// A batch that fails half way is taken back where the file can be cut: a regular file, to which nobody else has appended
/// meanwhile. Elsewhere its torn last line is ended before the next batch; so is one that an earlier process has left,
/// where it was killed within a write.
///
/// A sync is one `fdatasync(2)`, and the first one an `fsync(2)` of the file's directory, too. After a failed one the
/// kernel may have forgotten what it could not write, and would report success the next time: so the file is given
/// up, and the sink goes on with a new one beside it, `app.log.1` for `app.log`, or the first such name that is free.
///
/// ```
/// use ringlog::{Builder, info, layout::Text, sink::File};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("ringlog-file-{}.log", std::process::id()));
/// let file = File::append(&path)?.layout(Text::pattern("{message}{fields}")?);
/// let runtime = Builder::new().sink(file).start()?;
/// info!(logger: runtime, order_id = 7, "filled");
/// runtime.flush()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "filled order_id=7\n");
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct File {
    disk: Disk,
    file: std::fs::File,
    /// The path that was asked for.
    path: PathBuf,
    /// Where the file is.
    current: PathBuf,
    /// Whether it can be synced and cut: a regular file.
    is_regular: bool,
    /// Whether the entry in its directory may not be on stable storage yet.
    is_new: bool,
    /// Whether it ends in the midst of a line that could not be taken back.
    is_torn: bool,
    /// The file could not be synced, and is not to be written to any more.
    is_poisoned: bool,
}

configurable!(File);

impl File {
    /// Makes a file, or empties the one that is there.
    ///
    /// ```
    /// use ringlog::sink::File;
    ///
    /// # let path = std::env::temp_dir().join(format!("ringlog-create-{}.log", std::process::id()));
    /// let file = File::create(&path)?;
    /// # drop(file);
    /// # std::fs::remove_file(&path)?;
    /// let error = File::create("/no/such/folder/app.log").unwrap_err();
    /// assert!(error.to_string().contains("/no/such/folder/app.log"));
    /// # Ok::<_, std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `open(2)`, with the path in their text.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::open(Disk::default(), path.as_ref(), OpenOptions::new().write(true).create(true).truncate(true))
    }

    /// Makes a file, or writes at the end of the one that is there.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink::File};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("ringlog-append-{}.log", std::process::id()));
    /// for run in 1..=2 {
    ///     let runtime = Builder::new().sink(File::append(&path)?).start()?;
    ///     info!(logger: runtime, "run {run}");
    ///     runtime.shutdown()?;
    /// }
    /// assert_eq!(std::fs::read_to_string(&path)?.lines().count(), 2);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `open(2)`, with the path in their text.
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::open(Disk::default(), path.as_ref(), OpenOptions::new().append(true).create(true))
    }

    fn open(disk: Disk, path: &Path, options: &OpenOptions) -> io::Result<Self> {
        let file = disk.open(path, options)?;
        let is_regular = told(file.metadata(), path, "cannot be looked at")?.is_file();
        Ok(Self {
            disk,
            file,
            path: path.to_owned(),
            current: path.to_owned(),
            is_regular,
            is_new: is_regular,
            is_torn: is_regular && ends_within_a_line(path),
            is_poisoned: false,
        })
    }

    /// Leaves a file that could not be synced, for a new one beside it.
    fn leave_poisoned(&mut self) -> io::Result<()> {
        let is_append = sys::is_append(&self.file)?;
        let mut options = OpenOptions::new();
        options.create_new(true);
        if is_append {
            options.append(true)
        } else {
            options.write(true)
        };
        for number in 1_u32.. {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            match Self::open(self.disk.clone(), Path::new(&name), &options) {
                Ok(file) => {
                    let path = std::mem::take(&mut self.path);
                    *self = Self { path, ..file };
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes all; the error says how much of it was.
    fn write_out(&mut self, mut bytes: &[u8]) -> Result<(), (usize, io::Error)> {
        let whole = bytes.len();
        while !bytes.is_empty() {
            match self.disk.write(&self.file, &self.current, bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) => return Err((whole - bytes.len(), error)),
            }
        }
        Ok(())
    }

    /// Takes the last `bytes` of the file back; whether that could be done.
    fn take_back(&self, bytes: usize) -> bool {
        if !self.is_regular {
            return false;
        }
        // Where the last write ended, also of a file that is appended to.
        let Ok(end) = (&self.file).stream_position() else { return false };
        let is_last = self.file.metadata().is_ok_and(|metadata| metadata.len() == end);
        let Some(start) = end.checked_sub(bytes as u64).filter(|_| is_last) else { return false };
        self.disk.truncate(&self.file, &self.current, start).is_ok()
            && (&self.file).seek(SeekFrom::Start(start)).is_ok()
    }
}

impl Sink for File {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        if self.is_poisoned {
            self.leave_poisoned()?;
        }
        // A layout that prints no lines has none that are torn.
        if self.is_torn && batch.ends_with(b"\n") {
            self.write_out(b"\n").map_err(|(_, error)| error)?;
            self.is_torn = false;
        }
        self.write_out(batch).map_err(|(written, error)| {
            let is_whole = written == 0 || batch[..written].ends_with(b"\n");
            self.is_torn = !self.take_back(written) && !is_whole;
            error
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        let synced = self.disk.sync(&self.file, &self.current);
        let synced = synced.and_then(|()| if self.is_new { self.sync_entry() } else { Ok(()) });
        match synced {
            Ok(()) => self.is_new = false,
            Err(_) => self.is_poisoned = true,
        }
        synced
    }

    fn can_sync(&self) -> bool {
        self.is_regular
    }
}

impl File {
    /// Brings the file's entry in its directory to stable storage.
    fn sync_entry(&self) -> io::Result<()> {
        // Links are followed: the entry is where the file is.
        let path = told(self.current.canonicalize(), &self.current, "cannot be found")?;
        match self.disk.sync_folder(path.parent().unwrap_or(Path::new("/"))) {
            // A directory that may be written to and not be read: the whole file system, then.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                self.disk.sync_all(&self.file, &self.current)
            }
            synced => synced,
        }
    }
}

/// Whether a file's last byte ends no line; not, if it may not be read.
fn ends_within_a_line(path: &Path) -> bool {
    let mut last = [b'\n'];
    let read = std::fs::File::open(path).and_then(|mut file| {
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(())
    });
    read.is_ok() && last != [b'\n']
}
