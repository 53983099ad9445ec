//! The slow truth: one formula a sample, whole in memory, no blocks, nothing shared with the
//! program but the model's types.

use pt_stem::mixdown::Bus;
use pt_stem::model::clip::{Arrangement, Clip, FadeShape, Lane};
use pt_stem::model::{Breakpoint, Range};

/// Decoded files: interleaved samples, in the order of [`Arrangement::files`].
pub type Sources = Vec<Vec<f64>>;

fn shape(x: f64, shape: FadeShape) -> f64 {
    match shape {
        FadeShape::Linear => x,
        FadeShape::EqualPower => (x * std::f64::consts::FRAC_PI_2).sin(),
        FadeShape::Curved(curve) => {
            let x = x.powf(2_f64.powf(f64::from(curve.bias) / 50.0));
            let x = match curve.s_shaped {
                true => (1.0 - (x * std::f64::consts::PI).cos()) / 2.0,
                false => x,
            };
            match curve.equal_power {
                true => (x * std::f64::consts::FRAC_PI_2).sin(),
                false => x,
            }
        }
    }
}

fn clip_gain(clip: &Clip, i: u64) -> f64 {
    let mut gain = 10_f64.powf(clip.gain_db / 20.0);
    if clip.fade_in > 0 {
        let x = (i as f64 / clip.fade_in as f64).min(1.0);
        gain *= shape(x, clip.fade_in_shape);
    }
    if clip.fade_out > 0 {
        let x = ((clip.length - i) as f64 / clip.fade_out as f64).min(1.0);
        gain *= shape(x, clip.fade_out_shape);
    }
    gain
}

/// The value of a lane of points, read forwards.
fn automation(points: &[Breakpoint], at: i64) -> f64 {
    let mut value = points[0].value;
    for (i, point) in points.iter().enumerate() {
        if point.at > at {
            break;
        }
        value = point.value;
        if let Some(next) = points.get(i + 1)
            && next.at > at
        {
            let x = (at - point.at) as f64 / (next.at - point.at) as f64;
            value = point.value + (next.value - point.value) * x;
        }
    }
    value
}

fn pan(lane: &Lane, at: i64) -> (f64, f64) {
    let position = if lane.pan_points.is_empty() {
        lane.pan
    } else {
        Some(automation(&lane.pan_points, at))
    };
    let Some(position) = position else {
        return (1.0, 1.0);
    };
    let theta = (position + 1.0) * std::f64::consts::FRAC_PI_4;
    if lane.channels == 1 {
        return (theta.cos(), theta.sin());
    }
    let root = 2_f64.sqrt();
    ((root * theta.cos()).min(1.0), (root * theta.sin()).min(1.0))
}

/// Left and right of one lane at one sample.
fn lane_sample(lane: &Lane, sources: &Sources, at: i64) -> (f64, f64) {
    let channels = usize::from(lane.channels);
    let mut sum = [0.0; 2];
    for clip in lane.clips.iter().filter(|clip| !clip.muted) {
        let Some(i) = at
            .checked_sub(clip.start)
            .and_then(|i| u64::try_from(i).ok())
        else {
            continue;
        };
        if i >= clip.length {
            continue;
        }
        let frame = usize::try_from(clip.offset + i).unwrap() * channels;
        if let Some(samples) = sources[clip.file].get(frame..frame + channels) {
            for (sum, sample) in sum.iter_mut().zip(samples) {
                *sum += sample * clip_gain(clip, i);
            }
        }
    }
    let db = lane.volume_db
        + if lane.volume_points.is_empty() {
            0.0
        } else {
            automation(&lane.volume_points, at)
        };
    let volume = 10_f64.powf(db / 20.0);
    let (left, right) = pan(lane, at);
    (sum[0] * volume * left, sum[channels - 1] * volume * right)
}

/// One bus over a range, interleaved stereo.
pub fn render(arrangement: &Arrangement, sources: &Sources, bus: &Bus, range: Range) -> Vec<f64> {
    let mut out = Vec::new();
    for at in range.start..range.end {
        let mut sum = (0.0, 0.0);
        if at >= 0 && at < arrangement.length as i64 {
            for lane in &bus.lanes {
                let (left, right) = lane_sample(&arrangement.lanes[*lane], sources, at);
                sum = (sum.0 + left, sum.1 + right);
            }
        }
        let gain = 10_f64.powf(bus.gain_db / 20.0);
        out.extend([sum.0 * gain, sum.1 * gain]);
    }
    out
}
