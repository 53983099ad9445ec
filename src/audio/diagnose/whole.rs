//! Faults of the mix as a whole: a master that works by level.

use super::windows::Windows;
use super::{Fault, Kind};

/// Blocks in which a compressor's gain hardly moves: so many a second.
const BLOCKS: u32 = 500;
/// What the model may leave of the residual.
const LEFT: f64 = 0.1;
/// Blocks so much below the loudest tell no gain.
const LOUD: f64 = 0.01;
/// Gains further apart than this, linear, follow the level.
const APART: f64 = 0.002;

/// The mix is the stems' sum, turned down where it is loud or bent: `None` where that does not explain the
/// residual.
pub(super) fn master(windows: &Windows) -> Option<Fault> {
    let all = windows.energy().max(f64::MIN_POSITIVE);
    let frames = usize::try_from(windows.rate / BLOCKS).unwrap_or(1).max(8);
    let mut left = 0.0;
    let mut gains: Vec<(f64, f64)> = Vec::new();
    for (sums, residual) in windows.sum().iter().zip(windows.residual()) {
        for (sums, residual) in sums.chunks(2 * frames).zip(residual.chunks(2 * frames)) {
            let (mut own, mut both) = (0.0, 0.0);
            for (s, r) in sums.iter().zip(residual) {
                own += s * s;
                both += s * r;
            }
            let lost = if own > 0.0 { both / own } else { 0.0 };
            gains.push((own, 1.0 - lost));
            let apart = sums.iter().zip(residual).map(|(s, r)| r - lost * s);
            left += apart.map(|x| x * x).sum::<f64>();
        }
    }
    let loudest = gains.iter().map(|(own, _)| *own).fold(0.0, f64::max);
    let heard = gains.iter().filter(|(own, _)| *own > loudest * LOUD);
    let (least, most) = heard.fold((f64::INFINITY, 0.0_f64), |(least, most), (_, gain)| {
        (least.min(*gain), most.max(*gain))
    });
    let left = left.min(bent(windows)) / all;
    let turned = -20.0 * least.max(1e-6).log10();
    (left < LEFT && most - least > APART).then_some(Fault {
        kind: Kind::MasterChain(turned),
        stem: None,
        left,
        is_whole: false,
    })
}

/// Steps of the curve.
const STEPS: usize = 128;

/// A step of a curve: the sums and residuals that fall there.
#[derive(Clone, Copy, Default)]
struct Step {
    count: f64,
    sum: f64,
    left: f64,
    sum_sum: f64,
    sum_left: f64,
    left_left: f64,
}

/// What any curve through the sums leaves of the residual: a straight line in each step.
fn bent(windows: &Windows) -> f64 {
    let peak = windows
        .sum()
        .iter()
        .flatten()
        .fold(f64::MIN_POSITIVE, |peak, x| peak.max(x.abs()));
    let mut steps = [Step::default(); STEPS];
    for (sums, residual) in windows.sum().iter().zip(windows.residual()) {
        for (s, r) in sums.iter().zip(residual) {
            let place = (s / peak + 1.0) * 0.5 * STEPS as f64;
            if let Some(step) = steps.get_mut((place as usize).min(STEPS - 1)) {
                step.count += 1.0;
                step.sum += s;
                step.left += r;
                step.sum_sum += s * s;
                step.sum_left += s * r;
                step.left_left += r * r;
            }
        }
    }
    let of_step = |step: &Step| {
        let count = step.count.max(1.0);
        let width = step.sum_sum - step.sum * step.sum / count;
        let both = step.sum_left - step.sum * step.left / count;
        let line = if width > 0.0 {
            both * both / width
        } else {
            0.0
        };
        (step.left_left - step.left * step.left / count - line).max(0.0)
    };
    steps.iter().map(of_step).sum()
}
