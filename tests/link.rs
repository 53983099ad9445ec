//! The client and the link over real gRPC: against a scripted server for what real servers do
//! wrong, and against the simulator for what they do right.

#[path = "link/actor.rs"]
mod actor;
#[path = "link/client.rs"]
mod client;
#[path = "link/events.rs"]
mod events;
#[path = "link/load.rs"]
mod load;
#[path = "link/scripted.rs"]
mod scripted;
#[path = "link/simulated.rs"]
mod simulated;
