//! What the keeper does with a folder: compresses what is not compressed, deletes what is too much.
//!
//! It keeps no list of what is to be done: whenever a file was rotated, it looks at the folder, so a start
//! after a crash is no case of its own. The sink may rename archives while the keeper reads them, so it knows
//! them by inode, not by name; a name is looked up, and acted on, only under the lock that the sink holds
//! while it rotates.
//!
//! The way of a file, with what a crash leaves behind each step:
//!
//! 1. compressed into a temporary file: the original, and a temporary file that the next start removes;
//! 2. that is synced, and so is the original: the same;
//! 3. and renamed to the archive's name: original and archive, or, before the folder is synced, as in 2;
//! 4. the folder is synced: both; the next start removes the original, if the archive is whole;
//! 5. the original is removed: the archive.

use super::compress::{Verdict, compress, verify};
use super::keeper::Keeping;
use super::names::{Archive, Format, Names};
use crate::sink::disk::{Identity, told};
use crate::sync::{AtomicU64, Ordering, lock};
use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

impl Keeping {
    /// Compresses what is not compressed, and deletes what is too much.
    pub(super) fn tidy(&self) {
        if let Some(format) = self.policy.format {
            self.compress_all(format);
        }
        if self.policy.retention.is_limited() && !self.is_aborted() {
            self.delete_surplus().unwrap_or_else(|error| self.report(error));
        }
    }

    fn compress_all(&self, format: Format) {
        let mut tried = Vec::new();
        while !self.is_aborted() {
            let next = self.next_to_compress(&tried);
            let result = match next {
                Ok(None) => break,
                Ok(Some((original, beside))) => {
                    tried.push(original.identity);
                    match beside {
                        Some(archive) => self.resolve(&original, &archive).map(|again| {
                            // Its archive is gone, so it is to be compressed after all.
                            tried.truncate(tried.len() - usize::from(again));
                        }),
                        None => self.compress(&original, format),
                    }
                }
                Err(error) => {
                    self.report(error);
                    break;
                }
            };
            result.unwrap_or_else(|error| self.report(error));
        }
    }

    /// The oldest file that is not compressed, and the archive of the same name that stands beside it: a
    /// crash came before the one was removed.
    fn next_to_compress(&self, tried: &[Identity]) -> io::Result<Option<(Archive, Option<Archive>)>> {
        let folder = lock(&self.folder);
        let archives = self.names.list(&self.disk)?;
        let next = archives.iter().find(|archive| {
            let (format, identity) = (archive.format, archive.identity);
            archive.is_file && format.is_none() && !tried.contains(&identity) && folder.may_compress(identity)
        });
        Ok(next.map(|original| {
            let is_beside = |archive: &&Archive| {
                archive.key == original.key && archive.format.is_some() && archive.is_file
            };
            (original.clone(), archives.iter().find(is_beside).cloned())
        }))
    }

    /// An archive that is whole is as good as its original, which is removed; a broken one never was
    /// finished, and is removed itself. Says whether the original is left without one.
    fn resolve(&self, original: &Archive, archive: &Archive) -> io::Result<bool> {
        let Some(format) = archive.format else { return Ok(false) };
        let (first, second) = {
            let _folder = lock(&self.folder);
            let Some((first, second)) = self.now_at(original, archive)? else { return Ok(false) };
            let open = |path: &Path| told(File::open(path), path, "cannot be read");
            (open(&first)?, open(&second)?)
        };
        let verdict = told(verify(&first, &second, format), &original.path, "cannot be compared")?;
        if verdict == Verdict::Whole {
            // A crash may have come before its name was durable, and nobody knows who made it.
            self.disk.sync(&second, &archive.path)?;
            self.disk.sync_folder(&self.names.folder)?;
        }
        let mut folder = lock(&self.folder);
        let Some((original_path, archive_path)) = self.now_at(original, archive)? else { return Ok(false) };
        let gone = match verdict {
            Verdict::Whole if folder.may_compress(original.identity) => self.disk.remove(&original_path)?,
            Verdict::Whole => return Ok(false),
            Verdict::Broken => self.disk.remove(&archive_path)?,
            Verdict::Other => {
                folder.spared.push(original.identity);
                let failed = "is not compressed, since it differs from the archive beside it";
                return told(Err(io::ErrorKind::AlreadyExists.into()), &original_path, failed);
            }
        };
        drop(folder);
        drop(gone);
        Ok(verdict == Verdict::Broken)
    }

    /// Where two archives are now.
    fn now_at(&self, one: &Archive, other: &Archive) -> io::Result<Option<(PathBuf, PathBuf)>> {
        let archives = self.names.list(&self.disk)?;
        let find = |wanted: &Archive| archives.iter().find(|archive| archive.identity == wanted.identity);
        Ok(find(one).zip(find(other)).map(|(one, other)| (one.path.clone(), other.path.clone())))
    }

    fn compress(&self, original: &Archive, format: Format) -> io::Result<()> {
        let temporary = temporary_path(&self.names);
        let result = self.compress_by(&temporary, original, format);
        if !matches!(result, Ok(true)) {
            // What it holds is still in the original. A crash may leave it behind as well.
            let _ = self.disk.remove(&temporary);
        }
        result.map(|_| ())
    }

    /// Whether the temporary file has become the archive.
    fn compress_by(&self, temporary: &Path, original: &Archive, format: Format) -> io::Result<bool> {
        let failed = "cannot be compressed";
        let from = {
            let _folder = lock(&self.folder);
            match self.find(original.identity)? {
                Some(path) => told(File::open(&path), &path, failed)?,
                None => return Ok(false),
            }
        };
        let to = self.disk.create_new(temporary)?;
        let Some(read) = told(compress(&from, &to, format, &|| self.is_aborted()), &original.path, failed)?
        else {
            return Ok(false);
        };
        let metadata = told(from.metadata(), &original.path, failed)?;
        // Only root can do that, and only root has to.
        let _ = fchown(&to, Some(metadata.uid()), Some(metadata.gid()));
        told(to.set_permissions(metadata.permissions()), temporary, failed)?;
        told(to.set_modified(original.modified), temporary, failed)?;
        self.disk.sync(&to, temporary)?;
        // Else a loss of power could leave less of it than its archive holds, and records twice.
        let synced = self.disk.sync(&from, &original.path);
        let mut folder = lock(&self.folder);
        if synced.is_err() {
            folder.spared.push(original.identity);
        }
        synced?;
        let Some(path) = self.find(original.identity)? else { return Ok(false) };
        // Someone who had it open, or the last try of a sync, may have had more to say.
        let len = told(from.metadata(), &path, failed)?.len();
        if len != read || !folder.may_compress(original.identity) {
            return Ok(false);
        }
        let mut archive = path.clone().into_os_string();
        archive.push(format.suffix());
        self.disk.rename(temporary, archive.as_ref())?;
        // From here on both stand side by side; the temporary name is gone, whatever fails.
        let removed = self.disk.sync_folder(&self.names.folder).and_then(|()| self.disk.remove(&path));
        drop(folder);
        removed.map(|_| true)
    }

    /// What a file is called now.
    fn find(&self, identity: Identity) -> io::Result<Option<PathBuf>> {
        let archives = self.names.list(&self.disk)?;
        Ok(archives.into_iter().find(|archive| archive.identity == identity).map(|archive| archive.path))
    }

    fn delete_surplus(&self) -> io::Result<()> {
        let folder = lock(&self.folder);
        let mut archives = self.names.list(&self.disk)?;
        archives.retain(|archive| folder.active != Some(archive.identity));
        let active =
            self.policy.max_size.or_else(|| Some(self.names.path.metadata().ok()?.len())).unwrap_or(0);
        let (mut gone, mut errors) = (Vec::new(), Vec::new());
        for archive in self.policy.retention.surplus(&archives, active, (self.now)()) {
            match self.disk.remove(&archive.path) {
                Ok(file) => gone.push(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => errors.push(error),
            }
        }
        // Whoever is told may log, and wait for the sink, which may wait for the folder.
        drop(folder);
        drop(gone);
        errors.into_iter().for_each(|error| self.report(error));
        Ok(())
    }
}

/// A path that no other file has, in this process or, while both live, in any other.
fn temporary_path(names: &Names) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    // ORDERING: relaxed, only the number counts.
    names.temporary(std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
