//! Performs effects: owns the link and the job runner, feeds their events back into `update`.
