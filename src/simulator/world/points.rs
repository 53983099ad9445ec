//! Cutting automation: what a stretch of a lane plays, what is left without it, and another one in
//! its place. Both sides of a cut keep their values to the sample.

use crate::audio::automation::Points;
use crate::model::Breakpoint;

/// The points as they are before `at`, ended by a point at `at` with the value they were heading
/// for; and those from `at` on, begun by the value there.
fn split(points: &[Breakpoint], at: i64) -> (Vec<Breakpoint>, Vec<Breakpoint>) {
    let mut left: Vec<_> = points.iter().copied().filter(|p| p.at < at).collect();
    let mut right = Vec::new();
    let runs = Points::new(points);
    if let Some(value) = runs.value(at) {
        let at_once = points.iter().find(|point| point.at == at);
        let heading_for = at_once.map_or(value, |point| point.value);
        left.push(Breakpoint {
            at,
            value: heading_for,
        });
        right.push(Breakpoint { at, value });
    }
    right.extend(points.iter().copied().filter(|p| p.at > at));
    (left, right)
}

fn shift(points: &mut [Breakpoint], by: i64) {
    for point in points {
        point.at = point.at.saturating_add(by);
    }
}

/// Of points on one sample with one value, one is enough.
fn join(parts: [Vec<Breakpoint>; 3]) -> Vec<Breakpoint> {
    let mut points = parts.concat();
    points.dedup();
    points
}

/// What the lane plays from `from` up to `to`, with its values at both ends; counted from `from`.
pub fn copy(points: &[Breakpoint], from: i64, to: i64) -> Vec<Breakpoint> {
    let (left, _) = split(points, to);
    let (_, mut inside) = split(&left, from);
    shift(&mut inside, from.saturating_neg());
    inside
}

/// Takes that stretch away. What follows closes up, or the value runs straight over the gap.
pub fn remove(points: &mut Vec<Breakpoint>, from: i64, to: i64, close: bool) {
    let is_inside = |point: &Breakpoint| (from..=to).contains(&point.at);
    if points.is_empty() || !close && !points.iter().any(is_inside) {
        return;
    }
    let (left, _) = split(points, from);
    let (_, mut right) = split(points, to);
    if close {
        shift(&mut right, from.saturating_sub(to));
    }
    *points = join([left, Vec::new(), right]);
}

/// Puts a copied stretch of `length` samples at `at`: over what is there, or before it. Where
/// there is no automation yet the value outside is `resting`.
pub fn insert(
    points: &mut Vec<Breakpoint>,
    at: i64,
    (stretch, length): (&[Breakpoint], i64),
    resting: f64,
    push: bool,
) {
    if stretch.is_empty() && !push || stretch.is_empty() && points.is_empty() {
        return;
    }
    if points.is_empty() {
        points.push(Breakpoint { at, value: resting });
    }
    let end = at.saturating_add(length);
    let (left, _) = split(points, at);
    let (_, mut right) = split(points, if push { at } else { end });
    if push {
        shift(&mut right, length);
    }
    let mut stretch = stretch.to_vec();
    shift(&mut stretch, at);
    *points = join([left, stretch, right]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(list: &[(i64, f64)]) -> Vec<Breakpoint> {
        list.iter().copied().map(Breakpoint::from).collect()
    }

    fn values(points: &[Breakpoint], from: i64, to: i64) -> Vec<f64> {
        let runs = Points::new(points);
        (from..to).map(|at| runs.value(at).unwrap_or(0.0)).collect()
    }

    fn close(a: &[f64], b: &[f64]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12) && a.len() == b.len()
    }

    const LANES: [&[(i64, f64)]; 5] = [
        &[],
        &[(30, -3.0)],
        &[(0, 0.0), (100, -10.0)],
        &[
            (10, 1.0),
            (20, 2.0),
            (20, -5.0),
            (40, 0.0),
            (40, 3.0),
            (90, 3.0),
        ],
        &[(25, 6.0), (25, -6.0)],
    ];

    #[test]
    fn cutting_leaves_both_sides_alone() {
        for lane in LANES {
            for (from, to) in [(0, 10), (20, 40), (25, 26), (15, 95), (40, 120)] {
                let before = points(lane);
                let mut after = before.clone();
                remove(&mut after, from, to, false);
                let same = |a, b| close(&values(&after, a, b), &values(&before, a, b));
                assert!(same(0, from) && same(to, 130), "{lane:?} {from}..{to}");

                let mut closed = before.clone();
                remove(&mut closed, from, to, true);
                let tail = values(&closed, from, 130 - (to - from));
                assert!(
                    close(&tail, &values(&before, to, 130)),
                    "{lane:?} {from}..{to}"
                );
                assert!(close(&values(&closed, 0, from), &values(&before, 0, from)));
            }
        }
    }

    #[test]
    fn what_was_cut_goes_back_in() {
        for lane in LANES {
            for (from, to) in [(0, 10), (20, 40), (25, 26), (15, 95), (40, 120)] {
                for ripple in [false, true] {
                    let before = points(lane);
                    let stretch = copy(&before, from, to);
                    let mut after = before.clone();
                    remove(&mut after, from, to, ripple);
                    insert(&mut after, from, (&stretch, to - from), 0.0, ripple);
                    assert!(
                        close(&values(&after, 0, 130), &values(&before, 0, 130)),
                        "{lane:?} {from}..{to} {after:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_lane_without_automation_keeps_its_value_outside() {
        let mut lane = Vec::new();
        insert(
            &mut lane,
            10,
            (&points(&[(0, -6.0), (5, -3.0)]), 5),
            0.0,
            false,
        );
        let values = values(&lane, 8, 18);
        assert_eq!(values[..2], [0.0, 0.0]);
        assert_eq!(values[2], -6.0);
        assert_eq!(values[7..], [0.0, 0.0, 0.0]);
    }
}
