//! Words that are typed as values.

use clap::ValueEnum;

use crate::model::stem::{EngineKind, FileFormat, Measure, OnExisting, Way};

/// `auto` is `bounce` on a live Pro Tools and `render` with `--demo` and `--open`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum EngineArg {
    #[default]
    Auto,
    Bounce,
    Render,
}

impl EngineArg {
    pub fn kind(self) -> Option<EngineKind> {
        match self {
            Self::Auto => None,
            Self::Bounce => Some(EngineKind::Bounce),
            Self::Render => Some(EngineKind::Render),
        }
    }
}

macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident => $model:ident { $($(#[$vdoc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl From<$name> for $model {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant,)* }
            }
        }
    };
}

word_enum! {
    /// What to do when a file is there already.
    OnExistingArg => OnExisting {
        /// Stop before anything starts
        Refuse,
        /// Append _v2, _v3 …
        Version,
        /// Replace it
        Replace,
    }
}

word_enum! {
    /// What is measured of each file.
    MeasureArg => Measure {
        /// Nothing
        Off,
        /// Peak, silence, both ends, runs at full scale, equal channels: next to no time
        Basic,
        /// And loudness with its highest moments, true peak, DC offset, correlation
        Full,
    }
}

word_enum! {
    /// Container.
    FormatArg => FileFormat {
        Wav,
        /// 16 and 24 bits
        Aiff,
        /// 16 and 24 bits
        Flac,
        /// Made by Pro Tools itself, unproven
        Mp3,
        /// Made by Pro Tools itself, unproven
        M4a,
        /// OP-Atom, made by Pro Tools itself, unproven
        Mxf,
        /// Atmos master as BWF, made by Pro Tools itself, unproven
        Adm,
    }
}

word_enum! {
    /// How a bounce prints each stem.
    WayArg => Way {
        /// Solo its tracks and print the mix
        Solo,
        /// Print the stem's own mix source (a bus or an output)
        Source,
        /// Pro Tools' track bounce, one track a stem
        Track,
    }
}
