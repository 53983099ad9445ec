//! Filters with two poles and one pole.

use super::RATE;

/// State variable filter in its trapezoidal form: stays in tune and stable while it is swept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Svf {
    a1: f32,
    a2: f32,
    a3: f32,
    k: f32,
    s1: f32,
    s2: f32,
}

impl Svf {
    /// Corner or centre in Hz, and resonance (0.7 is flat).
    pub fn new(hz: f32, q: f32) -> Self {
        let mut filter = Self::default();
        filter.tune(hz, q);
        filter
    }

    pub fn tune(&mut self, hz: f32, q: f32) {
        let g = libm::tanf(std::f32::consts::PI * hz.clamp(10.0, 0.45 * RATE) / RATE);
        self.k = 1.0 / q;
        self.a1 = 1.0 / (1.0 + g * (g + self.k));
        self.a2 = g * self.a1;
        self.a3 = g * self.a2;
    }

    fn tick(&mut self, x: f32) -> (f32, f32) {
        let v3 = x - self.s2;
        let band = self.a1 * self.s1 + self.a2 * v3;
        let low = self.s2 + self.a2 * self.s1 + self.a3 * v3;
        self.s1 = 2.0 * band - self.s1;
        self.s2 = 2.0 * low - self.s2;
        (low, band)
    }

    pub fn low(&mut self, x: f32) -> f32 {
        self.tick(x).0
    }

    /// Unity at the centre.
    pub fn band(&mut self, x: f32) -> f32 {
        self.tick(x).1 * self.k
    }

    pub fn high(&mut self, x: f32) -> f32 {
        let (low, band) = self.tick(x);
        x - self.k * band - low
    }
}

/// One-pole low-pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnePole {
    a: f32,
    y: f32,
}

impl OnePole {
    pub fn new(hz: f32) -> Self {
        Self {
            a: 1.0 - libm::expf(-std::f32::consts::TAU * hz / RATE),
            y: 0.0,
        }
    }

    pub fn low(&mut self, x: f32) -> f32 {
        self.y += self.a * (x - self.y);
        self.y
    }

    pub fn high(&mut self, x: f32) -> f32 {
        x - self.low(x)
    }
}
