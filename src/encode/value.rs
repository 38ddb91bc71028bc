//! What a layout gets to see of a field: its name, and its value with the type that it has.

use std::fmt;

/// A field's value on the worker.
///
/// ```
/// use ringlog::Value;
///
/// /// What a time series database takes.
/// fn number(value: Value<'_>) -> Option<f64> {
///     match value {
///         Value::I64(number) => Some(number as f64),
///         Value::U64(number) => Some(number as f64),
///         Value::F64(number) => Some(number),
///         _ => None,
///     }
/// }
///
/// assert_eq!(number(Value::F64(12.5)), Some(12.5));
/// assert_eq!(number(Value::Str("12.5")), None);
/// assert_eq!(Value::F64(12.5).to_string(), "12.5");
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Value<'v> {
    /// A signed integer of up to 64 bits.
    I64(i64),
    /// An unsigned integer of up to 64 bits.
    U64(u64),
    /// A signed integer of 128 bits.
    I128(i128),
    /// An unsigned integer of 128 bits.
    U128(u128),
    /// A float of 32 bits, which prints fewer digits than the same value in 64.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A character.
    Char(char),
    /// Text.
    Str(&'v str),
    /// Anything that prints under `{}`.
    Display(&'v dyn fmt::Display),
    /// Anything that prints under `{:?}` only, or is logged with `?`.
    Debug(&'v dyn fmt::Debug),
    /// A value that is made of others, whose parts a layout can look at; it prints under `{:?}`.
    Structure(&'v dyn Structure),
}

/// Prints what the value prints under the placeholder that it was logged for: `{:?}` for
/// [`Debug`](Value::Debug) and [`Structure`](Value::Structure), `{}` for all else.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I64(value) => value.fmt(f),
            Self::U64(value) => value.fmt(f),
            Self::I128(value) => value.fmt(f),
            Self::U128(value) => value.fmt(f),
            Self::F32(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Char(value) => value.fmt(f),
            Self::Str(value) => value.fmt(f),
            Self::Display(value) => value.fmt(f),
            Self::Debug(value) => value.fmt(f),
            Self::Structure(value) => value.debug(f),
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Display(value) => write!(f, "Display({value})"),
            Self::Debug(value) => write!(f, "Debug({value:?})"),
            Self::Structure(_) => write!(f, "Structure({self})"),
            Self::I64(value) => write!(f, "I64({value})"),
            Self::U64(value) => write!(f, "U64({value})"),
            Self::I128(value) => write!(f, "I128({value})"),
            Self::U128(value) => write!(f, "U128({value})"),
            Self::F32(value) => write!(f, "F32({value:?})"),
            Self::F64(value) => write!(f, "F64({value:?})"),
            Self::Bool(value) => write!(f, "Bool({value})"),
            Self::Char(value) => write!(f, "Char({value:?})"),
            Self::Str(value) => write!(f, "Str({value:?})"),
        }
    }
}

/// Takes the fields of a record, in the order in which the statement names them.
///
/// ```
/// use ringlog::{Value, Visit};
///
/// /// The value of one field, as text.
/// struct Find(&'static str, Option<String>);
///
/// impl Visit for Find {
///     fn field(&mut self, name: &'static str, value: Value<'_>) {
///         if name == self.0 {
///             self.1 = Some(value.to_string());
///         }
///     }
/// }
///
/// let mut tenant = Find("tenant", None);
/// tenant.field("order_id", Value::U64(7));
/// tenant.field("tenant", Value::Str("acme"));
/// assert_eq!(tenant.1.as_deref(), Some("acme"));
/// ```
pub trait Visit {
    /// One field.
    ///
    /// ```
    /// use ringlog::{Value, Visit};
    ///
    /// struct Total(u64);
    ///
    /// impl Visit for Total {
    ///     fn field(&mut self, _name: &'static str, value: Value<'_>) {
    ///         if let Value::U64(number) = value {
    ///             self.0 += number;
    ///         }
    ///     }
    /// }
    /// ```
    fn field(&mut self, name: &'static str, value: Value<'_>);
}

/// What the parts of a [`Structure`] are.
///
/// ```
/// use ringlog::{Shape, Value};
///
/// fn brackets(value: Value<'_>) -> &'static str {
///     let Value::Structure(structure) = value else { return "" };
///     match structure.shape() {
///         Shape::Nothing | Shape::Itself => "",
///         Shape::List => "[]",
///         Shape::Map => "{}",
///     }
/// }
/// assert_eq!(brackets(Value::U64(7)), "");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// There are none: `None`, `()`.
    Nothing,
    /// There is one, and it stands for the whole: `Some(5)`, a struct around one value, the name of a variant.
    Itself,
    /// Elements, in order.
    List,
    /// Values with keys, in order. Those of a map may be of any type, and print alike where they differ.
    Map,
}

/// A value that is made of others: an option, a sequence, a map, a tuple, a type that derives
/// [`Encode`](trait@crate::Encode).
///
/// ```
/// use ringlog::{Shape, Structure, Value};
/// use std::fmt;
///
/// /// How many single values there are in one.
/// fn leaves(value: Value<'_>) -> usize {
///     let Value::Structure(structure) = value else { return 1 };
///     let mut sum = 0;
///     structure.parts(&mut |_key, part| sum += leaves(part));
///     sum
/// }
///
/// #[derive(Debug)]
/// struct Quote { bid: f64, ask: f64 }
///
/// impl Structure for Quote {
///     fn shape(&self) -> Shape {
///         Shape::Map
///     }
///     fn parts(&self, each: &mut dyn FnMut(Value<'_>, Value<'_>)) {
///         each(Value::Str("bid"), Value::F64(self.bid));
///         each(Value::Str("ask"), Value::F64(self.ask));
///     }
///     fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         fmt::Debug::fmt(self, f)
///     }
/// }
///
/// let value = Quote { bid: 99.5, ask: 99.75 };
/// assert_eq!(leaves(Value::Structure(&value)), 2);
/// assert_eq!(Value::Structure(&value).to_string(), "Quote { bid: 99.5, ask: 99.75 }");
/// ```
pub trait Structure {
    /// What its parts are.
    ///
    /// ```
    /// use ringlog::{Shape, Structure};
    ///
    /// fn is_empty(value: &dyn Structure) -> bool {
    ///     value.shape() == Shape::Nothing
    /// }
    /// ```
    fn shape(&self) -> Shape;

    /// Calls `each` with each part, in order: its key, and itself. Of all but a map's the key is the index.
    ///
    /// ```
    /// use ringlog::Structure;
    ///
    /// fn keys(value: &dyn Structure) -> Vec<String> {
    ///     let mut keys = Vec::new();
    ///     value.parts(&mut |key, _value| keys.push(key.to_string()));
    ///     keys
    /// }
    /// ```
    fn parts(&self, each: &mut dyn FnMut(Value<'_>, Value<'_>));

    /// Prints the whole as `{:?}` does.
    ///
    /// ```
    /// use ringlog::Structure;
    /// use std::fmt;
    ///
    /// struct Shown<'s>(&'s dyn Structure);
    ///
    /// impl fmt::Display for Shown<'_> {
    ///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    ///         self.0.debug(f)
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When a part's `Debug` fails.
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// A view that knows what it is to a layout.
pub trait AsValue {
    /// The value.
    fn as_value(&self) -> Value<'_>;
}

/// A derived type: its own `Display` says what it is to a layout, or else its parts.
#[derive(Debug)]
pub struct Derived<'v, T>(pub &'v T);

/// The first choice of [`Derived`].
pub trait DerivedDisplay<'v> {
    /// The value.
    fn value(&self) -> Value<'v>;
}

impl<'v, T: fmt::Display> DerivedDisplay<'v> for &Derived<'v, T> {
    fn value(&self) -> Value<'v> {
        Value::Display(self.0)
    }
}

/// The second choice of [`Derived`].
pub trait DerivedStructure<'v> {
    /// The value.
    fn value(&self) -> Value<'v>;
}

impl<'v, T: Structure> DerivedStructure<'v> for Derived<'v, T> {
    fn value(&self) -> Value<'v> {
        Value::Structure(self.0)
    }
}

/// How a derived type prints under `{:?}`, if it does.
pub trait DerivedDebug {
    /// Prints it.
    ///
    /// # Errors
    ///
    /// When its `Debug` fails.
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: fmt::Debug> DerivedDebug for &Derived<'_, T> {
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The second choice of [`DerivedDebug`].
pub trait DerivedOpaque {
    /// Prints that there is something.
    ///
    /// # Errors
    ///
    /// When there is no more room.
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T> DerivedOpaque for Derived<'_, T> {
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The fields of an enum's variant.
#[derive(Debug)]
pub struct VariantFields<'v> {
    /// A list, or a map.
    pub shape: Shape,
    /// Keys and values.
    pub fields: &'v [(Value<'v>, Value<'v>)],
}

impl Structure for VariantFields<'_> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn parts(&self, each: &mut dyn FnMut(Value<'_>, Value<'_>)) {
        self.fields.iter().for_each(|(key, value)| each(*key, *value));
    }

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(_, value)| value)).finish()
    }
}
