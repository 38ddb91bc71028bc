//! A simulated world: a counter and a wall clock that drift, are set, stop and begin anew, without sleeping.

use super::super::sample::Sample;
use super::*;
use proptest::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

/// 2026-01-01.
const EPOCH: i128 = 1_767_225_600_000_000_000;
const MS: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MS;

/// The world's state. Its own time is the monotonic clock.
#[derive(Debug)]
struct World {
    nanos: Cell<u64>,
    hertz: Cell<f64>,
    ticks: Cell<f64>,
    wall: Cell<i128>,
    /// The wall clock runs so much faster than the monotonic one, in parts per million.
    wall_ppm: Cell<f64>,
    wall_part: Cell<f64>,
    /// A sample's width, and what its error is drawn from.
    noise: Cell<u64>,
    random: Cell<u64>,
}

impl World {
    fn new(hertz: f64) -> Rc<Self> {
        Rc::new(Self {
            nanos: Cell::new(0),
            hertz: Cell::new(hertz),
            ticks: Cell::new(hertz * 3_600.0),
            wall: Cell::new(EPOCH),
            wall_ppm: Cell::new(0.0),
            wall_part: Cell::new(0.0),
            noise: Cell::new(40),
            random: Cell::new(0x9e37_79b9_7f4a_7c15),
        })
    }

    fn run(&self, nanos: u64) {
        self.nanos.set(self.nanos.get() + nanos);
        self.ticks.set(self.ticks.get() + nanos as f64 * self.hertz.get() / 1e9);
        let extra = self.wall_part.get() + nanos as f64 * self.wall_ppm.get() / 1e6;
        self.wall_part.set(extra.fract());
        self.wall.set(self.wall.get() + i128::from(nanos) + extra.trunc() as i128);
    }

    fn set_wall(&self, by: i64) {
        self.wall.set(self.wall.get() + i128::from(by));
    }

    fn sleep(&self, nanos: u64) {
        self.wall.set(self.wall.get() + i128::from(nanos));
    }

    fn wall(&self) -> u64 {
        self.wall.get() as u64
    }

    fn ticks(&self) -> u64 {
        self.ticks.get() as u64
    }

    fn random(&self, below: u64) -> u64 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.set(x);
        x % below.max(1)
    }
}

impl Sampler for Rc<World> {
    fn ticks(&self) -> u64 {
        World::ticks(self)
    }

    /// Somewhere within a bracket of `noise` nanoseconds the wall clock is read; the middle is taken.
    fn sample(&mut self) -> Sample {
        let width = self.noise.get();
        let before = World::ticks(self);
        let read = self.random(width);
        self.run(read);
        let wall = self.wall();
        self.run(width - read);
        let uncertainty = (World::ticks(self) - before) / 2 + 1;
        Sample { ticks: before + uncertainty - 1, wall, monotonic: self.nanos.get(), uncertainty }
    }

    fn pause(&mut self, duration: Duration) {
        self.run(duration.as_nanos() as u64);
    }
}

/// A worker that polls in the world and converts a stamp each time.
struct Worker {
    world: Rc<World>,
    discipline: Discipline<Rc<World>>,
    last: u64,
    events: Vec<ClockEvent>,
}

impl Worker {
    fn start(world: &Rc<World>, stated: Option<u64>) -> Self {
        let discipline = Discipline::start(world.clone(), stated.map(Rate::of_hertz));
        Self { world: world.clone(), discipline, last: 0, events: Vec::new() }
    }

    /// One poll: in step, then the error of a stamp of now, in nanoseconds. The stamp before the poll and
    /// the stamp after it are converted, in order, and must not go back.
    fn poll(&mut self) -> i64 {
        let early = self.world.ticks();
        let early_before_tick = self.discipline.timeline().at(early);
        self.world.run(100);
        if self.discipline.is_due() {
            self.events.extend(self.discipline.step());
        }
        let was_reset = self.events.last() == Some(&ClockEvent::CounterReset);
        if !was_reset {
            assert_eq!(self.discipline.timeline().at(early), early_before_tick, "a stamp changed its time");
        }
        for stamp in [early, self.world.ticks()] {
            let nanos = self.discipline.timeline().at(stamp);
            if !was_reset {
                assert!(nanos >= self.last, "went back by {} ns", self.last - nanos);
            }
            self.last = nanos;
        }
        (i128::from(self.last) - i128::from(self.world.wall())) as i64
    }

    /// Polls each `every` for `during`, and gives the worst error.
    fn run(&mut self, during: u64, every: u64) -> u64 {
        (0..during / every)
            .map(|_| {
                self.world.run(every);
                self.poll().unsigned_abs()
            })
            .max()
            .unwrap_or(0)
    }
}

#[test]
fn the_first_times_are_right_when_the_cpu_states_no_rate() {
    let world = World::new(2_445_123_456.0);
    let mut worker = Worker::start(&world, None);
    assert!(worker.run(20 * MS, 10_000) < 1_000);
    assert!(worker.run(10 * SECOND, MS) < 1_000);
    assert_eq!(worker.events, []);
}

#[test]
fn a_stated_rate_that_is_500_ppm_off_is_found_out() {
    for stated in [2_400_000_000.0 * 1.0005, 2_400_000_000.0 * 0.9995] {
        let world = World::new(2_400_000_000.0);
        let mut worker = Worker::start(&world, Some(stated as u64));
        assert!(worker.run(20 * MS, 10_000) < 2_000);
        assert!(worker.run(10 * SECOND, MS) < 500);
        assert_eq!(worker.events, []);
    }
}

#[test]
fn a_stated_rate_that_is_nonsense_does_no_harm() {
    let world = World::new(2_400_000_000.0);
    let mut worker = Worker::start(&world, Some(1_000_000));
    assert!(worker.run(SECOND, 100_000) < 2_000);
    assert_eq!(worker.events, []);
}

#[test]
fn calibration_takes_no_more_than_two_milliseconds() {
    let world = World::new(1_000_000_000.0);
    Worker::start(&world, None);
    assert!(world.nanos.get() <= 2 * MS);
}

#[test]
fn three_simulated_days_stay_within_a_microsecond() {
    let world = World::new(3_187_200_111.0);
    world.wall_ppm.set(17.3);
    let mut worker = Worker::start(&world, Some(3_187_200_000));
    worker.run(SECOND, MS);
    assert!(worker.run(3 * 86_400 * SECOND, 500 * MS) < 1_000);
    assert_eq!(worker.events, []);
}

#[test]
fn slow_counters_of_one_megahertz_work_within_their_grain() {
    let world = World::new(1_000_000.0);
    let mut worker = Worker::start(&world, Some(1_000_000));
    assert!(worker.run(60 * SECOND, MS) < 5_000);
    assert_eq!(worker.events, []);
}

#[test]
fn ntp_that_begins_to_slew_at_500_ppm_is_followed() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(20 * SECOND, MS);
    for ppm in [500.0, -500.0, 0.0] {
        world.wall_ppm.set(ppm);
        let worst = worker.run(2 * SECOND, MS);
        assert!(worst < 600_000, "{worst}: a second at 500 ppm and a little");
        let then = worker.run(10 * SECOND, MS);
        assert!(then < 1_000, "{then} at {ppm}");
    }
    assert_eq!(worker.events, []);
}

#[test]
fn a_step_forward_is_followed_at_once_and_told() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(5 * SECOND, MS);
    world.set_wall(3 * SECOND as i64);
    worker.run(SECOND + 10 * MS, MS);
    let [ClockEvent::Stepped { by, forward: true }] = worker.events[..] else {
        panic!("{:?}", worker.events)
    };
    assert!(by.abs_diff(Duration::from_secs(3)) < Duration::from_micros(10), "{by:?}");
    assert!(worker.run(10 * SECOND, MS) < 1_000);
}

#[test]
fn a_step_back_runs_at_half_speed_until_made_good() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(5 * SECOND, MS);
    world.set_wall(-4 * SECOND as i64);
    worker.run(SECOND + 10 * MS, MS);
    let [ClockEvent::Stepped { by, forward: false }] = worker.events[..] else {
        panic!("{:?}", worker.events)
    };
    assert!(by.abs_diff(Duration::from_secs(4)) < Duration::from_micros(10), "{by:?}");
    let ahead = worker.poll();
    worker.run(SECOND, MS);
    let gained = ahead - worker.poll();
    assert!((490..510).contains(&(gained / MS as i64)), "{gained} in a second");
    worker.run(8 * SECOND, MS);
    assert!(worker.run(10 * SECOND, MS) < 1_000);
    assert_eq!(worker.events.len(), 1, "told once: {:?}", worker.events);
}

#[test]
fn steps_too_small_to_tell_are_slewed_and_do_not_bend_the_rate() {
    for by in [7 * MS as i64, -7 * MS as i64, 300_000, -300_000] {
        let world = World::new(2_600_000_000.0);
        let mut worker = Worker::start(&world, None);
        worker.run(20 * SECOND, MS);
        world.set_wall(by);
        let worst = worker.run(2 * SECOND, MS);
        assert!(worst <= by.unsigned_abs() + 1_000, "overshot to {worst} after {by}");
        assert!(worker.run(10 * SECOND, MS) < 1_000);
        assert_eq!(worker.events, []);
    }
}

#[test]
fn a_worker_that_slept_for_an_hour_finds_the_line_where_the_wall_clock_is() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(20 * SECOND, MS);
    // In the middle of a slew, which must end by itself.
    world.set_wall(-5 * MS as i64);
    worker.run(SECOND + 20 * MS, MS);
    world.run(3_600 * SECOND);
    let off = i128::from(worker.discipline.timeline().at(world.ticks())) - world.wall.get();
    assert!(off.abs() < 500_000, "{off}: 0.14 ppm of an hour");
    worker.run(SECOND, MS);
    assert!(worker.run(10 * SECOND, MS) < 1_000);
    assert_eq!(worker.events, []);
}

#[test]
fn a_counter_that_stood_still_in_suspend_is_a_step_forward() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(5 * SECOND, MS);
    world.sleep(8 * 3_600 * SECOND);
    worker.run(SECOND + 10 * MS, MS);
    assert!(matches!(worker.events[..], [ClockEvent::Stepped { forward: true, .. }]), "{:?}", worker.events);
    assert!(worker.run(10 * SECOND, MS) < 1_000);
}

#[test]
fn a_counter_that_ran_on_in_suspend_is_no_event() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(5 * SECOND, MS);
    world.sleep(3_600 * SECOND);
    world.ticks.set(world.ticks.get() + 3_600.0 * world.hertz.get());
    worker.run(SECOND + 10 * MS, MS);
    assert!(worker.run(10 * SECOND, MS) < 1_000);
    assert_eq!(worker.events, []);
}

#[test]
fn a_counter_that_began_anew_is_re_based_and_old_stamps_keep_their_time() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(5 * SECOND, MS);
    let (waiting, at) = (world.ticks(), world.wall());
    world.sleep(60 * SECOND);
    world.ticks.set(12_345.0);
    worker.run(20 * MS, MS);
    assert_eq!(worker.events, [ClockEvent::CounterReset]);
    let timeline = worker.discipline.timeline();
    assert!(timeline.at(waiting).abs_diff(at) < 1_000);
    assert!(timeline.at(world.ticks()).abs_diff(world.wall()) < 1_000);
    // Until the counter is past where it was: by then old stamps are no concern, and new ones must be right.
    worker.events.clear();
    assert!(worker.run(2 * 3_600 * SECOND, 500 * MS) < 1_000);
    assert_eq!(worker.events, []);
}

#[test]
fn counters_of_two_cores_that_differ_a_little_are_not_a_reset() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(5 * SECOND, MS);
    worker.discipline.step();
    let sampled = world.ticks.get();
    world.ticks.set(sampled - 1_000.0);
    assert!(!worker.discipline.is_due(), "the worker moved to a core that is behind");
    assert_eq!(worker.discipline.step(), None);
    world.ticks.set(sampled);
    assert!(worker.run(10 * SECOND, MS) < 1_000);
    assert_eq!(worker.events, []);
}

#[test]
fn a_counter_that_jumped_ahead_is_not_taken_for_a_step_of_the_wall_clock() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(5 * SECOND, MS);
    world.run(300 * MS);
    world.ticks.set(world.ticks.get() + 86_400.0 * world.hertz.get());
    let (waiting, at) = (world.ticks(), world.wall());
    world.run(SECOND);
    let event = worker.discipline.step();
    assert_eq!(event, Some(ClockEvent::CounterReset));
    assert!(worker.discipline.timeline().at(waiting).abs_diff(at) < 1_000, "stamped after the jump");
    worker.last = 0;
    assert!(worker.run(20 * SECOND, MS) < 1_000);
    assert_eq!(worker.events, []);
}

#[test]
fn a_machine_moved_to_a_counter_of_another_rate_converges() {
    for hertz in [2_000_000_000.0, 3_300_000_000.0] {
        let world = World::new(2_600_000_000.0);
        let mut worker = Worker::start(&world, None);
        worker.run(5 * SECOND, MS);
        world.hertz.set(hertz);
        // The clock that ran too fast has to be waited for.
        world.run(SECOND);
        worker.discipline.step();
        worker.last = 0;
        worker.run(2 * SECOND, MS);
        assert!(worker.run(10 * SECOND, MS) < 1_000);
    }
}

#[test]
fn samples_that_were_interrupted_move_nothing() {
    let world = World::new(2_600_000_000.0);
    let mut worker = Worker::start(&world, None);
    worker.run(20 * SECOND, MS);
    for _ in 0..20 {
        world.noise.set(30 * MS);
        worker.run(2 * SECOND, 10 * MS);
        world.noise.set(40);
        let worst = worker.run(5 * SECOND, MS);
        assert!(worst < 5_000, "{worst}");
    }
    assert_eq!(worker.events, []);
}

#[test]
fn a_step_right_after_another_is_no_new_rate() {
    let world = World::new(1e8);
    let mut worker = Worker::start(&world, Some(100_000_000));
    worker.run(SECOND, MS);
    // None of them is large enough to be a step by itself.
    for step in [20_000, -5_000_000, 3_000_000] {
        world.set_wall(step);
        worker.run(10 * MS, MS);
    }
    worker.run(3 * SECOND, MS);
    let worst = worker.run(SECOND, MS);
    assert!(worst < 1_000, "{worst}");
}

#[test]
fn a_counter_of_another_frequency_is_found_out() {
    for factor in [0.4, 0.8, 1.25, 3.0] {
        let world = World::new(1e9);
        let mut worker = Worker::start(&world, None);
        worker.run(SECOND, MS);
        world.hertz.set(1e9 * factor);
        worker.run(30 * SECOND, MS);
        let worst = worker.run(SECOND, MS);
        assert!(worst < 1_000, "{factor}: {worst}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// `Worker::poll` asserts that no time goes back and that no stamp changes its time.
    #[test]
    fn times_never_go_back_and_find_the_wall_clock_again(
        hertz in 1e8..5e9f64,
        off_ppm in -500.0..500.0f64,
        acts in proptest::collection::vec(
            (1..3_000u64, -500.0..500.0f64, prop_oneof![Just(0), -30 * MS as i64..30 * MS as i64, -5_000_000_000..5_000_000_000i64]),
            1..8,
        ),
    ) {
        let world = World::new(hertz);
        let mut worker = Worker::start(&world, Some((hertz * (1.0 + off_ppm / 1e6)) as u64));
        let mut set_back = 0;
        for (during, ppm, step) in acts {
            world.wall_ppm.set(ppm);
            world.set_wall(step);
            set_back += (-step).max(0) as u64;
            worker.run(during * MS, MS);
        }
        worker.run(2 * set_back + 15 * SECOND, 5 * MS);
        let worst = worker.run(5 * SECOND, MS);
        prop_assert!(worst < 2_000, "{worst} ns off");
    }
}
