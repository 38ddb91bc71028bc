//! The thread that serves a sink.
//!
//! A sink's call may never return. So the server leaves its [`Work`] at the sink's [`Desk`](super::desk::Desk) before each:
//! a worker that finds it there for too long starts another server with it ([`relieve`]), for whom the sink is missing
//! until it comes back. The first server, when it does, finds its work gone, leaves the sink in its [`Seat`], and ends.

use super::Sink;
use super::broken_pipe::hold_back_sigpipe;
use super::seat::Seat;
use super::shared::{Job, Shared, add};
use super::work::{Doing, Work, both, copy};
use crate::batch::Batch;
use crate::error::Event;
use crate::sync::{Arc, Mutex, lock, spawn};
use std::io;
use std::time::{Duration, Instant};

/// Starts a thread that serves the sink.
///
/// # Errors
///
/// When the operating system gives none; the work is given back then.
pub(crate) fn serve(work: Box<Work>) -> Result<(), (io::Error, Box<Work>)> {
    let shared = Arc::clone(&work.shared);
    // A thread that does not come to be would take what it was given with it.
    let kept = Arc::new(Mutex::new(Some(work)));
    let given = Arc::clone(&kept);
    let mut servers = lock(&shared.servers);
    let started = spawn(
        &shared.thread_name(),
        Box::new(move || {
            let work = lock(&given).take();
            Server { work, gathered: Vec::new() }.run();
        }),
    );
    match started {
        Ok(handle) => {
            servers.push(handle);
            Ok(())
        }
        Err(error) => match lock(&kept).take() {
            Some(work) => Err((error, work)),
            None => Ok(()),
        },
    }
}

/// Starts another server where the last one has been within one call for too long. One load where it has not.
pub(crate) fn relieve(shared: &Shared) {
    let Some(work) = shared.call_limit.and_then(|limit| shared.desk.take_over(limit)) else { return };
    if let Err((_, work)) = serve(work) {
        // No thread to be had: the sink may still return, and else this is tried again later.
        let _ = shared.desk.leave(work);
    }
}

/// The work has been taken over by another server.
#[derive(Debug)]
struct Relieved;

/// A thread that serves a sink.
struct Server {
    /// There but within a call.
    work: Option<Box<Work>>,
    gathered: Vec<u8>,
}

impl Server {
    /// Serves until every worker has sent [`Job::Stop`], then syncs; or until another server has taken over.
    fn run(mut self) {
        crate::completion::mark_backend_thread();
        let _alternate_stack = crate::ends::AlternateStack::install();
        hold_back_sigpipe();
        let shared = Arc::clone(&self.work().shared);
        shared.begin_service();
        // Relieved, it has nothing more to do: another one serves.
        if self.serve().is_ok() {
            shared.end_service();
        }
    }

    fn serve(&mut self) -> Result<(), Relieved> {
        self.resume()?;
        while !self.work().queues.iter().all(|queue| queue.stopped) {
            let worked = self.poll()?;
            // One sync serves all who wait by now; who comes during it is served by the next.
            let work = self.work();
            if work.commits.sync_due() == Some(Duration::ZERO) || (!worked && work.rest()) {
                self.sync()?;
            }
        }
        self.sync()
    }

    fn work(&mut self) -> &mut Work {
        self.work.as_mut().expect("a server without its work is within a call, or has ended")
    }

    /// Ends what a server was within that did not return.
    fn resume(&mut self) -> Result<(), Relieved> {
        let Some(doing) = self.work().doing.take() else { return Ok(()) };
        let work = self.work();
        let (error, limit) = (work.hangs(), work.shared.call_limit.unwrap_or_default());
        let name = match doing {
            Doing::FallBack(..) => work.fallback.as_ref().map_or(&work.shared.name, |seat| &seat.name),
            Doing::Write(_) | Doing::Sync => &work.shared.name,
        };
        (work.handler)(&Event::Hanging { sink: Arc::clone(name), limit });
        match doing {
            Doing::Write(batch) => {
                work.shared.counts.write_latency.record_time(limit);
                self.write(&batch, Some(error))
            }
            Doing::FallBack(batch, first) => {
                let (bytes, records) = (0, batch.records_for(work.shared.id));
                work.settle(&batch, bytes, records, Err(both(&first, &error)));
                Ok(())
            }
            Doing::Sync => {
                work.shared.counts.sync_latency.record_time(limit);
                work.end_sync(Err(error), limit);
                Ok(())
            }
        }
    }

    /// Takes one job from each queue; whether there was any.
    fn poll(&mut self) -> Result<bool, Relieved> {
        let mut any = false;
        for queue in 0..self.work().queues.len() {
            if let Ok(job) = self.work().queues[queue].jobs.pop() {
                any = true;
                self.do_job(queue, job)?;
            }
        }
        Ok(any)
    }

    fn do_job(&mut self, queue: usize, job: Job) -> Result<(), Relieved> {
        match job {
            Job::Write(batch) => return self.write(&batch, None),
            Job::Skip(skipped) => {
                for (account, up_to) in skipped {
                    self.work().complete(account.cell, Some(&account), up_to);
                }
            }
            Job::Ticket(ticket) => {
                self.work().queues[queue].ticket = ticket;
                self.work().pass_tickets();
            }
            Job::Stop => self.work().queues[queue].stopped = true,
        }
        Ok(())
    }

    /// Writes a batch, as often and wherever the policy says. `lost`: why the first try is over that another server
    /// made.
    fn write(&mut self, batch: &Arc<Batch>, lost: Option<io::Error>) -> Result<(), Relieved> {
        let mut gathered = std::mem::take(&mut self.gathered);
        let shared = Arc::clone(&self.work().shared);
        let (bytes, records) = match batch.content.buffers.get(shared.layout) {
            Some(buffer) => buffer.for_sink(shared.id, &mut gathered),
            None => (&[][..], 0),
        };
        let result = if bytes.is_empty() {
            Ok(())
        } else {
            match self.write_out(batch, bytes, lost)? {
                Ok(()) => {
                    self.work().end_outage();
                    Ok(())
                }
                Err(error) => self.fall_back(batch, bytes, records, error)?,
            }
        };
        self.work().settle(batch, bytes.len() as u64, records, result);
        self.gathered = gathered;
        Ok(())
    }

    /// Gives the bytes to the sink until they are written, or the policy has enough of it.
    fn write_out(
        &mut self,
        batch: &Arc<Batch>,
        bytes: &[u8],
        lost: Option<io::Error>,
    ) -> Result<io::Result<()>, Relieved> {
        // The call that was given up may still return, and is not to be made twice until then.
        let mut lost = lost;
        loop {
            let result = match lost.take() {
                Some(error) => match self.work().primary.welcome_back() {
                    Some(result) => result,
                    None => {
                        lost = Some(copy(&error));
                        Err(error)
                    }
                },
                None => {
                    self.call(Seat::primary, Doing::Write(Arc::clone(batch)), &mut |sink| sink.write(bytes))?
                }
            };
            let Err(error) = result else {
                self.work().primary.note_written();
                return Ok(Ok(()));
            };
            if !self.work().is_retried(&error) {
                return Ok(Err(error));
            }
        }
    }

    /// Gives the bytes that the sink has failed on to its fallback, if it has one.
    fn fall_back(
        &mut self,
        batch: &Arc<Batch>,
        bytes: &[u8],
        records: u64,
        error: io::Error,
    ) -> Result<io::Result<()>, Relieved> {
        let Some(seat) = &self.work().fallback else { return Ok(Err(error)) };
        let fallback = Arc::clone(&seat.name);
        let doing = Doing::FallBack(Arc::clone(batch), copy(&error));
        Ok(match self.call(Seat::fallback, doing, &mut |sink| sink.write(bytes))? {
            Ok(()) => {
                let work = self.work();
                if let Some(seat) = &mut work.fallback {
                    seat.note_written();
                }
                add(&work.shared.counts.fallen_back, records);
                let sink = Arc::clone(&work.shared.name);
                (work.handler)(&Event::FellBack { sink, fallback, records, error: Arc::new(error) });
                Ok(())
            }
            Err(second) => Err(both(&error, &second)),
        })
    }

    /// Brings what was written to stable storage, and says so to all who wait for that.
    fn sync(&mut self) -> Result<(), Relieved> {
        let (mut result, start) = (Ok(()), Instant::now());
        if self.work().primary.take_dirty() {
            result = self.call(Seat::primary, Doing::Sync, &mut |sink| sink.sync())?;
        }
        if self.work().fallback.as_mut().is_some_and(Seat::take_dirty) {
            let second = self.call(Seat::fallback, Doing::Sync, &mut |sink| sink.sync())?;
            result = result.and(second);
        }
        self.work().end_sync(result, start.elapsed());
        Ok(())
    }

    /// Calls a sink. The work lies on the desk meanwhile.
    fn call(
        &mut self,
        seat: fn(&mut Work) -> Option<&mut Seat>,
        doing: Doing,
        call: &mut dyn FnMut(&mut dyn Sink) -> io::Result<()>,
    ) -> Result<io::Result<()>, Relieved> {
        let Some(mut seated) = seat(self.work()).and_then(Seat::take) else {
            return Ok(Err(self.work().hangs()));
        };
        let shared = Arc::clone(&self.work().shared);
        let latency = match &doing {
            Doing::Write(_) => Some(&shared.counts.write_latency),
            Doing::Sync => Some(&shared.counts.sync_latency),
            Doing::FallBack(..) => None,
        };
        self.work().doing = Some(doing);
        let Some(work) = self.work.take() else { return Err(Relieved) };
        let ticket = shared.desk.leave(work);
        let start = Instant::now();
        let result = seated.make(call);
        let took = start.elapsed();
        let Some(mut work) = shared.desk.come_back(ticket) else {
            seated.leave(result);
            shared.doorbell.ring();
            return Err(Relieved);
        };
        // Here, since the work is here: two servers at once would lose counts.
        if let Some(latency) = latency {
            latency.record_time(took);
        }
        work.doing = None;
        if let Some(seat) = seat(&mut work) {
            seat.put_back(seated);
        }
        self.work = Some(work);
        Ok(result)
    }
}

impl Seat {
    fn primary(work: &mut Work) -> Option<&mut Self> {
        Some(&mut work.primary)
    }

    fn fallback(work: &mut Work) -> Option<&mut Self> {
        work.fallback.as_mut()
    }
}
