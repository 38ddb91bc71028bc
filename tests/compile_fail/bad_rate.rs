use ringlog::{every, every_n, once};

fn main() {
    every_n!(0, Info, "never");
    every_n!("no number");
    every_n!(10, "no level");
    every_n!(10);
    every_n!(1.5, Info, "half");
    every!("no interval");
    every!(std::time::Duration::from_secs(1), "no level");
    every!(10, Info, "ten what");
    once!("no level");
    once!(Loud, "no such level");
    once!(Info);
}
