//! Channel layouts up to 7.1, one for each number of channels: their names, and the places of their
//! channels. Others (LCRS, 6.1) are none here.
//!
//! Channels stand in the order of a WAV's channel mask everywhere: in session folders, in memory and in
//! files. Pro Tools shows them in film order instead; what it writes as one interleaved WAV has the
//! order of the mask again.
//!
//! | layout | channels in order | mask | Pro Tools' own order |
//! |---|---|---|---|
//! | `mono` | M | 0x4 | M |
//! | `stereo` | L R | 0x3 | L R |
//! | `LCR` | L R C | 0x7 | L C R |
//! | `quad` | L R Ls Rs | 0x603 | L R Ls Rs |
//! | `5.0` | L R C Ls Rs | 0x607 | L C R Ls Rs |
//! | `5.1` | L R C LFE Ls Rs | 0x60F | L C R Ls Rs LFE |
//! | `7.0` | L R C Lsr Rsr Lss Rss | 0x637 | L C R Lss Rss Lsr Rsr |
//! | `7.1` | L R C LFE Lsr Rsr Lss Rss | 0x63F | L C R Lss Rss Lsr Rsr LFE |

use std::fmt;

use serde::{Deserialize, Serialize};

/// Most channels of a layout.
pub const MOST: u16 = 8;

/// How many channels there are, and where each is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Layout {
    Mono,
    #[default]
    Stereo,
    Lcr,
    Quad,
    Five0,
    Five1,
    Seven0,
    Seven1,
}

/// Places in a channel mask that are told by their bit alone.
const FRONT: [(u32, &str); 4] = [(0, "L"), (1, "R"), (2, "C"), (3, "LFE")];
const SIDE_PAIR: u32 = 0x600;
const BACK_PAIR: u32 = 0x30;

impl Layout {
    /// By the number of channels.
    pub const ALL: [Self; 8] = [
        Self::Mono,
        Self::Stereo,
        Self::Lcr,
        Self::Quad,
        Self::Five0,
        Self::Five1,
        Self::Seven0,
        Self::Seven1,
    ];

    /// As Pro Tools writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::Stereo => "stereo",
            Self::Lcr => "LCR",
            Self::Quad => "quad",
            Self::Five0 => "5.0",
            Self::Five1 => "5.1",
            Self::Seven0 => "7.0",
            Self::Seven1 => "7.1",
        }
    }

    /// By its name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|layout| layout.name().eq_ignore_ascii_case(name))
    }

    /// The layout of so many channels; `None` for none and for more than [`MOST`].
    pub fn of(channels: u16) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|layout| layout.channels() == channels)
    }

    /// The mask of WAVE_FORMAT_EXTENSIBLE.
    pub fn mask(self) -> u32 {
        match self {
            Self::Mono => 0x4,
            Self::Stereo => 0x3,
            Self::Lcr => 0x7,
            Self::Quad => 0x603,
            Self::Five0 => 0x607,
            Self::Five1 => 0x60F,
            Self::Seven0 => 0x637,
            Self::Seven1 => 0x63F,
        }
    }

    /// 1 to [`MOST`].
    pub fn channels(self) -> u16 {
        // A mask has 32 bits at most.
        self.mask().count_ones() as u16
    }

    /// More than two channels.
    pub fn is_wide(self) -> bool {
        self.channels() > 2
    }

    /// What stands between the name and the ending of the files of its channels, in their order.
    pub fn sides(self) -> Vec<&'static str> {
        let mask = self.mask();
        if self == Self::Mono {
            return vec!["M"];
        }
        let rear = [
            (4, "Lsr"),
            (5, "Rsr"),
            (9, if mask & BACK_PAIR == 0 { "Ls" } else { "Lss" }),
            (10, if mask & BACK_PAIR == 0 { "Rs" } else { "Rss" }),
        ];
        let places = FRONT.into_iter().chain(rear);
        let here = places.filter(|(bit, _)| mask & (1 << bit) != 0);
        here.map(|(_, side)| side).collect()
    }

    /// Whether a file of its channels with this mask has them where they belong. 0 says nothing; a
    /// pair behind the listener and one at the sides are the same where there is only one.
    pub fn fits(self, mask: u32) -> bool {
        let is_one_pair = mask & SIDE_PAIR == 0 && mask & BACK_PAIR == BACK_PAIR;
        let sided = match is_one_pair {
            true => mask & !BACK_PAIR | SIDE_PAIR,
            false => mask,
        };
        mask == 0 || !self.is_wide() || sided == self.mask()
    }
}

/// The place of a channel of this name among those of any layout, in their order.
pub fn place(side: &str) -> Option<usize> {
    const ORDER: [&str; 10] = ["L", "R", "C", "LFE", "Lsr", "Rsr", "Ls", "Rs", "Lss", "Rss"];
    ORDER.iter().position(|known| *known == side)
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Layout> for String {
    fn from(layout: Layout) -> Self {
        layout.name().to_owned()
    }
}

impl TryFrom<String> for Layout {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("'{name}' is no channel layout"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_masks_and_sides_agree() {
        for layout in Layout::ALL {
            assert_eq!(Layout::named(layout.name()), Some(layout));
            assert_eq!(layout.sides().len(), usize::from(layout.channels()));
            let places: Vec<_> = layout.sides().into_iter().map(place).collect();
            assert!(places.is_sorted());
            assert!(layout.fits(layout.mask()) && layout.fits(0));
        }
        assert_eq!(Layout::Five1.sides(), ["L", "R", "C", "LFE", "Ls", "Rs"]);
        let seven = ["L", "R", "C", "LFE", "Lsr", "Rsr", "Lss", "Rss"];
        assert_eq!(Layout::Seven1.sides(), seven);
        let usual: Vec<_> = (0..10).map(Layout::of).collect();
        use Layout::*;
        let known = [Mono, Stereo, Lcr, Quad, Five0, Five1, Seven0, Seven1].map(Some);
        assert_eq!(usual[1..9], known);
        assert_eq!((usual[0], usual[9]), (None, None));
    }

    #[test]
    fn the_only_pair_may_stand_behind() {
        assert!(Layout::Five1.fits(0x3F) && Layout::Quad.fits(0x33));
        assert!(!Layout::Five1.fits(0x707) && !Layout::Quad.fits(0x107));
        assert!(!Layout::Seven1.fits(0xFF), "front pairs are no side pairs");
    }
}
