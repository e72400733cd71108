//! The words that small enums are stored as and shown as.

/// Gives an enum its words: `as_str` and `parse`, one the inverse of the other.
macro_rules! words {
    ($name:ident { $($case:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every word, in the order of the cases.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The word it is stored and shown as.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word),+ }
            }

            /// The inverse of [`Self::as_str`].
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$case),)+ _ => None }
            }
        }
    };
}

pub(crate) use words;
