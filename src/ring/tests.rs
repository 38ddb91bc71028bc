//! Both ends of a ring on one thread, in any order, beside a queue.

use super::*;
use crate::record::{FRAME_WORDS, HEADER_WORD, Header, Kind};
use proptest::prelude::*;
use std::collections::VecDeque;

/// Writes a record of `words` words, all of which are its number, if there is room.
fn write(producer: &mut RingProducer, words: usize, number: u64) -> bool {
    if !producer.has_room(words) && !producer.make_room(words) {
        return false;
    }
    // SAFETY: there is room.
    unsafe {
        let place = producer.place();
        for word in 0..words {
            place.add(word).write(number << 1);
        }
        place.add(HEADER_WORD).write(Header::new(words, 0, Kind::Inline).word());
        producer.commit(words);
    }
    true
}

/// Reads a record, which is the queue's first.
fn read(consumer: &mut RingConsumer, expected: &mut VecDeque<(usize, u64)>) -> bool {
    let Some(record) = consumer.peek() else { return false };
    let (words, number) = expected.pop_front().expect("no more than was written");
    assert_eq!(record.len(), words);
    for (word, &found) in record.iter().enumerate().filter(|(word, _)| *word != HEADER_WORD) {
        assert_eq!(found, number << 1, "word {word}");
    }
    consumer.skip(words);
    true
}

#[derive(Clone, Debug)]
enum Step {
    Write(usize),
    Read(usize),
    Release,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (FRAME_WORDS..=MIN_WORDS / PART).prop_map(Step::Write),
        2 => (0..10_usize).prop_map(Step::Read),
        1 => Just(Step::Release),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_all_that_is_read_can_be_written_over(
        steps in prop::collection::vec(step(), 0..400),
        extra in 0..8_usize,
    ) {
        let (mut producer, mut consumer) = ring((MIN_WORDS + extra) * 8);
        let mut expected = VecDeque::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Write(words) => {
                    if write(&mut producer, words, number as u64) {
                        expected.push_back((words, number as u64));
                    } else {
                        // All is settled now: what was read comes back, and nothing else is in the way.
                        while consumer.refresh() > 0 {
                            while read(&mut consumer, &mut expected) {}
                        }
                        consumer.release();
                        prop_assert!(expected.is_empty());
                        prop_assert!(write(&mut producer, words, number as u64), "there is no room in an empty ring");
                        expected.push_back((words, number as u64));
                    }
                }
                Step::Read(records) => {
                    consumer.refresh();
                    let seen = (0..records).take_while(|_| read(&mut consumer, &mut expected)).count();
                    prop_assert!(seen == records || expected.is_empty());
                }
                Step::Release => consumer.release(),
            }
        }
        consumer.refresh();
        while read(&mut consumer, &mut expected) {}
        prop_assert!(expected.is_empty());
    }
}

#[test]
fn what_could_not_be_given_back_is_when_the_producer_has_settled_it() {
    let (mut producer, mut consumer) = ring(0);
    let mut expected = VecDeque::from([(FRAME_WORDS, 1)]);
    assert!(write(&mut producer, FRAME_WORDS, 1));
    consumer.refresh();
    assert!(read(&mut consumer, &mut expected));
    consumer.release();
    assert_eq!(consumer.owed, FRAME_WORDS);
    producer.settle();
    assert_eq!(producer.used(), FRAME_WORDS);
    assert_eq!(consumer.refresh(), 0);
    assert_eq!((consumer.owed, producer.used()), (0, 0));
}
