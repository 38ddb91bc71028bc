//! Key-values of `log` records.

use crate::bridge::items::Pack;
use ::log::kv::{Error, Key, Source, Value, VisitSource, VisitValue};

/// Packs a record's key-values as fields.
pub(in crate::bridge) fn pack(pairs: &dyn Source, pack: &mut Pack<'_>) {
    if let Err(error) = pairs.visit(&mut Pairs(pack)) {
        pack.shown("log.error", format_args!("{error}"));
    }
}

struct Pairs<'a, 'p>(&'a mut Pack<'p>);

impl<'kvs> VisitSource<'kvs> for Pairs<'_, '_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let packed = self.0.named(key.as_str(), &value, |pack, name| value.visit(&mut Field { pack, name }));
        packed.unwrap_or(Ok(()))
    }
}

/// Packs one value.
struct Field<'a, 'p> {
    pack: &'a mut Pack<'p>,
    name: &'static str,
}

macro_rules! visit_typed {
    ($($visit:ident $pack:ident $type:ty;)*) => {$(
        fn $visit(&mut self, value: $type) -> Result<(), Error> {
            self.pack.$pack(self.name, value);
            Ok(())
        }
    )*};
}

impl<'v> VisitValue<'v> for Field<'_, '_> {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), Error> {
        self.pack.shown(self.name, format_args!("{value}"));
        Ok(())
    }

    visit_typed! {
        visit_u64 u64 u64;
        visit_i64 i64 i64;
        visit_u128 u128 u128;
        visit_i128 i128 i128;
        visit_f64 f64 f64;
        visit_bool bool bool;
        visit_char char char;
        visit_str str &str;
    }
}
