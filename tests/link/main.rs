//! The client and the link over real gRPC: against a scripted server for what real servers do
//! wrong, and against the simulator for what they do right.

mod actor;
mod bench;
mod client;
mod events;
mod load;
mod reading;
mod scripted;
mod simulated;
mod strangers;
mod survival;
