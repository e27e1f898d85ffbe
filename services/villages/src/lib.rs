//! The villages service.
