//! What AWS answered, and when it is asked again: a file for each thing that is asked for.

pub(in crate::app) mod alarm_list;
pub(in crate::app) mod alarms;
pub(in crate::app) mod board;
pub(in crate::app) mod charts;
pub(in crate::app) mod environments;
pub(in crate::app) mod images;
pub(in crate::app) mod logs;
mod metrics;
pub(in crate::app) mod numbers;
pub(in crate::app) mod order;
pub(in crate::app) mod revisions;
pub(in crate::app) mod rows;
pub(in crate::app) mod service;
pub(in crate::app) mod session;
pub(in crate::app) mod sign_in;
pub(in crate::app) mod sparks;
pub(in crate::app) mod team;
pub(in crate::app) mod timeline;
pub(in crate::app) mod watched;
pub(in crate::app) mod why;
