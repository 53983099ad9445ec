//! Shapes of fades; formulas in `audio::fade`.
//!
//! As text: `linear`, `equal_power`, `s_curve` or `s_curve_power`, each alone or with a bias that bends
//! it (`linear+30`, `s_curve-100`).

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// The furthest that a shape is bent, to both sides.
pub const MOST_BIAS: i8 = 100;

/// Shape of a fade. Compares by what it is: make other ones than the first two by [`Self::of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FadeShape {
    #[default]
    Linear,
    EqualPower,
    Curved(Curve),
}

/// What a shape is made of. All `false` and 0 is [`FadeShape::Linear`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Curve {
    /// An S instead of a straight line.
    pub s_shaped: bool,
    /// The squares of both sides of a crossfade add up to 1, not they themselves.
    pub equal_power: bool,
    /// -100 to 100. Above 0 a fade-in starts slower, below 0 faster.
    pub bias: i8,
}

impl FadeShape {
    /// The bias is brought within its bounds.
    pub fn of(curve: Curve) -> Self {
        let bias = curve.bias.clamp(-MOST_BIAS, MOST_BIAS);
        match curve {
            Curve {
                s_shaped: false,
                bias: 0,
                equal_power,
            } => match equal_power {
                false => Self::Linear,
                true => Self::EqualPower,
            },
            curve => Self::Curved(Curve { bias, ..curve }),
        }
    }

    pub fn curve(self) -> Curve {
        match self {
            Self::Linear => Curve::default(),
            Self::EqualPower => Curve {
                equal_power: true,
                ..Curve::default()
            },
            Self::Curved(curve) => curve,
        }
    }
}

impl fmt::Display for FadeShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let curve = self.curve();
        f.write_str(match (curve.s_shaped, curve.equal_power) {
            (false, false) => "linear",
            (false, true) => "equal_power",
            (true, false) => "s_curve",
            (true, true) => "s_curve_power",
        })?;
        match curve.bias {
            0 => Ok(()),
            bias => write!(f, "{bias:+}"),
        }
    }
}

impl From<FadeShape> for String {
    fn from(shape: FadeShape) -> Self {
        shape.to_string()
    }
}

/// No shape has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no fade has that shape")]
pub struct UnknownFadeShape;

impl FromStr for FadeShape {
    type Err = UnknownFadeShape;

    fn from_str(text: &str) -> Result<Self, UnknownFadeShape> {
        let end = text.find(['+', '-']).unwrap_or(text.len());
        let (word, bias) = text.split_at(end);
        let (s_shaped, equal_power) = match word {
            "linear" => (false, false),
            "equal_power" => (false, true),
            "s_curve" => (true, false),
            "s_curve_power" => (true, true),
            _ => return Err(UnknownFadeShape),
        };
        let bias: i8 = match bias {
            "" => 0,
            bias => bias.parse().map_err(|_| UnknownFadeShape)?,
        };
        if bias.unsigned_abs() > MOST_BIAS.unsigned_abs() {
            return Err(UnknownFadeShape);
        }
        Ok(Self::of(Curve {
            s_shaped,
            equal_power,
            bias,
        }))
    }
}

impl TryFrom<String> for FadeShape {
    type Error = UnknownFadeShape;

    fn try_from(text: String) -> Result<Self, UnknownFadeShape> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_as_they_are_written() {
        for text in [
            "linear",
            "equal_power",
            "s_curve",
            "s_curve_power",
            "linear+30",
            "equal_power-100",
            "s_curve+1",
            "s_curve_power-7",
        ] {
            let shape: FadeShape = text.parse().unwrap();
            assert_eq!(shape.to_string(), text);
            assert_eq!(FadeShape::of(shape.curve()), shape);
            let json = serde_json::to_string(&shape).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<FadeShape>(&json).unwrap(), shape);
        }
        assert_eq!("linear".parse(), Ok(FadeShape::Linear));
        assert_eq!("equal_power+0".parse(), Ok(FadeShape::EqualPower));
        for text in [
            "",
            "Linear",
            "wavy",
            "linear+",
            "linear+101",
            "linear-128",
            "linear+-3",
            "+3",
        ] {
            assert_eq!(text.parse::<FadeShape>(), Err(UnknownFadeShape), "{text}");
        }
    }
}
