//! The file operations of the sinks that write to files. Each error names the path and what failed; tests put a gate before
//! each operation, to watch it or to have it fail.

use crate::sys;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What went wrong with which file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {failed}: {source}", path.display())]
pub(super) struct FileError {
    path: PathBuf,
    failed: String,
    source: io::Error,
}

/// Puts the path and what failed into an error; its kind stays.
pub(super) fn told<T>(result: io::Result<T>, path: &Path, failed: impl Into<String>) -> io::Result<T> {
    result.map_err(|source| file_error(source, path, failed.into()))
}

/// Compiled once, not for each type of result.
fn file_error(source: io::Error, path: &Path, failed: String) -> io::Error {
    io::Error::new(source.kind(), FileError { path: path.to_owned(), failed, source })
}

/// Looks whether there is a file of the new name, and renames. One that comes in between is lost.
fn rename_in_two_steps(from: &Path, to: &Path) -> io::Result<()> {
    match fs::symlink_metadata(to) {
        Ok(_) => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

/// Which file it is, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// An operation that is about to be made.
#[cfg_attr(not(test), expect(dead_code, reason = "tests alone look at it"))]
#[derive(Debug)]
pub(super) enum Operation<'a> {
    Open(&'a Path),
    Write(&'a Path, &'a File, &'a [u8]),
    Truncate(&'a Path, &'a File, u64),
    Sync(&'a Path, &'a File),
    SyncFolder(&'a Path),
    Rename(&'a Path, &'a Path),
    Remove(&'a Path),
    MakeFolder(&'a Path),
}

/// How many bytes an operation may write, if it is to be made at all.
#[cfg(test)]
pub(super) type Gate = std::sync::Arc<dyn Fn(&Operation<'_>) -> io::Result<usize> + Send + Sync>;

/// The file system.
#[derive(Clone, Default)]
pub(super) struct Disk {
    #[cfg(test)]
    pub(super) gate: Option<Gate>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    /// Asks the tests' gate; without one all is let through.
    fn pass(&self, operation: &Operation<'_>) -> io::Result<usize> {
        #[cfg(test)]
        if let Some(gate) = &self.gate {
            return gate(operation);
        }
        let _ = operation;
        Ok(usize::MAX)
    }

    /// Opens a file as the options say.
    pub(super) fn open(&self, path: &Path, options: &OpenOptions) -> io::Result<File> {
        told(self.pass(&Operation::Open(path)).and_then(|_| options.open(path)), path, "cannot be opened")
    }

    /// Opens a file to append to, and makes it where it is missing. A pipe is not waited for.
    pub(super) fn open_append(&self, path: &Path, mode: u32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        self.open(path, options.append(true).create(true).mode(mode).custom_flags(libc::O_NONBLOCK))
    }

    /// Makes a file that is not there yet, and is nobody else's to read meanwhile.
    pub(super) fn create_new(&self, path: &Path) -> io::Result<File> {
        let made = self
            .pass(&Operation::Open(path))
            .and_then(|_| OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
        told(made, path, "cannot be made")
    }

    /// Makes a folder and those above it that are missing, each of them durable.
    pub(super) fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
        let made = self.pass(&Operation::MakeFolder(folder)).and_then(|_| fs::create_dir_all(folder));
        told(made, folder, "the folder cannot be made")?;
        missing.iter().filter_map(|made| made.parent()).try_for_each(|parent| self.sync_folder(parent))
    }

    /// One `write(2)`.
    pub(super) fn write(&self, mut file: &File, path: &Path, bytes: &[u8]) -> io::Result<usize> {
        let written = self
            .pass(&Operation::Write(path, file, bytes))
            .and_then(|allowed| file.write(&bytes[..bytes.len().min(allowed)]));
        match written {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(0),
            Ok(0) => told(Err(ErrorKind::WriteZero.into()), path, "cannot be written to"),
            written => told(written, path, "cannot be written to"),
        }
    }

    pub(super) fn truncate(&self, file: &File, path: &Path, len: u64) -> io::Result<()> {
        told(
            self.pass(&Operation::Truncate(path, file, len)).and_then(|_| file.set_len(len)),
            path,
            "cannot be truncated",
        )
    }

    /// Brings a file's bytes to stable storage.
    pub(super) fn sync(&self, file: &File, path: &Path) -> io::Result<()> {
        let synced = self.pass(&Operation::Sync(path, file)).and_then(|_| file.sync_data());
        told(synced, path, "cannot be synced")
    }

    /// Brings all of a file's file system to stable storage.
    pub(super) fn sync_all(&self, file: &File, path: &Path) -> io::Result<()> {
        let synced = self.pass(&Operation::Sync(path, file)).and_then(|_| sys::sync_file_system(file));
        told(synced, path, "the file system cannot be synced")
    }

    /// Brings a folder's entries to stable storage.
    pub(super) fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let synced = self
            .pass(&Operation::SyncFolder(folder))
            .and_then(|_| File::open(folder))
            .and_then(|folder| folder.sync_all());
        told(synced, folder, "the folder cannot be synced")
    }

    /// Renames a file, unless there is one of the new name.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let renamed = self
            .pass(&Operation::Rename(from, to))
            .and_then(|_| sys::rename_to_new(from, to).unwrap_or_else(|| rename_in_two_steps(from, to)));
        told(renamed, from, format!("cannot be renamed to {}", to.display()))
    }

    /// Removes a file. Its blocks are freed when the last descriptor is closed, which can take long: it is
    /// opened before, so that this falls to whoever drops the result.
    pub(super) fn remove(&self, path: &Path) -> io::Result<Option<File>> {
        let open = File::open(path).ok();
        let removed = self.pass(&Operation::Remove(path)).and_then(|_| fs::remove_file(path));
        told(removed, path, "cannot be removed").map(|()| open)
    }

    /// The names in a folder.
    pub(super) fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let names =
            fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
        told(names, folder, "the folder cannot be read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_in_two_steps_spares_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, three] = ["one", "two", "three"].map(|name| folder.path().join(name));
        fs::write(&one, "1").unwrap();
        // Whatever it is: here a link that leads nowhere.
        std::os::unix::fs::symlink("nowhere", &two).unwrap();
        assert_eq!(rename_in_two_steps(&one, &two).unwrap_err().kind(), ErrorKind::AlreadyExists);
        rename_in_two_steps(&one, &three).unwrap();
        assert_eq!(fs::read_to_string(&three).unwrap(), "1");
        assert_eq!(
            rename_in_two_steps(&one, &folder.path().join("four")).unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }
}
